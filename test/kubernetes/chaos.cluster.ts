/**
 * Faults through a real Chaos Mesh, told by containers and traffic. By hand: GAMEDAY_CHAOSMESH=1 npm run test:kubernetes. It is the
 * first file there: what cuts the power of a machine in a later one ends Chaos Mesh on it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { events, expectEnd as expectExit, gameday, until } from '../commands/cli.ts';
import {
  CONTEXT,
  clusterEnv,
  kubectl,
  openShop,
  type Pod,
  pods,
  removeNamespace,
} from './cluster.ts';

const NAMESPACE = 'chaos-test';
const DIE = join(import.meta.dirname, 'die.mjs');

describe('faults through Chaos Mesh', function () {
  this.timeout(240_000);
  let cwd: string;
  let at: { cwd: string; env: NodeJS.ProcessEnv };

  before(async function () {
    if (!process.env.GAMEDAY_CHAOSMESH) return this.skip();
    await openShop(NAMESPACE);
    cwd = mkdtempSync(join(tmpdir(), 'gameday-chaos-'));
    at = { cwd, env: clusterEnv() };
    const cluster = `{ context: ${CONTEXT}, namespace: ${NAMESPACE} }`;
    writeFileSync(
      join(cwd, 'gameday.yaml'),
      `engine: kubernetes\nkubernetes: ${cluster}\nchapters: [{ title: Welcome }]\n`,
    );
  });

  after(async () => {
    if (!cwd) return;
    controller('CONT');
    rmSync(cwd, { recursive: true, force: true });
    await removeNamespace(NAMESPACE);
  });

  const ok = (...args: string[]) => expectExit(0, args, at);
  const inject = (...args: string[]) => ok('fault', 'inject', ...args, '--countdown', '0');
  const find = async (name: string) =>
    (await pods(NAMESPACE)).find((pod) => pod.name === name && pod.isReady) as Pod;
  const orders = () =>
    kubectl(['get', 'podchaos,networkchaos', '--namespace', NAMESPACE, '--output', 'name']);

  /** Whether one pod gets an answer of another. */
  async function reaches(from: string, to: string): Promise<boolean> {
    const { ip } = await until(`${to} to be ready`, () => find(to));
    const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 nc ${ip} 80`;
    const look = ['--', 'sh', '-c', ask];
    const said = await kubectl(['exec', '--namespace', NAMESPACE, from, ...look]).catch(() => '');
    return said.includes(to);
  }

  function controller(signal: 'STOP' | 'CONT'): void {
    execFileSync('sh', ['-c', `kill -${signal} $(pgrep -x chaos-controlle)`]);
  }

  it('the doctor says that it is there', async () => {
    expect((await ok('story', 'doctor')).stdout).to.match(
      /chaos mesh +chaos-mesh.org\/v1alpha1 is/,
    );
  });

  it('crash: SIGKILL to the container, which its kubelet starts again in the same pod', async () => {
    const before = await find('store-0');
    await inject('crash', 'store-1', '--overrule', 'last_healthy,max_unavailable');
    await ok('fault', 'recover');
    const now = await until('it to be ready', () => find('store-0'));
    expect(now).to.include({ uid: before.uid, restarts: before.restarts + 1 });
    const code = '-o=jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}';
    expect(await kubectl(['get', 'pod', 'store-0', '--namespace', NAMESPACE, code])).to.equal(
      '137',
    );
    expect(await orders()).to.equal('');
  });

  it('partition: no traffic between the two, all other traffic goes on, and a replaced peer is cut again', async () => {
    await until('the one to reach the other', () => reaches('store-0', 'store-1'));
    await inject('partition', 'store-1', '--from', 'store-2', '--duration', '3m');
    expect(await reaches('store-0', 'store-1')).to.equal(false);
    const [web] = (await pods(NAMESPACE)).filter(({ app }) => app === 'web') as [Pod];
    await until('the others to be reached', () => reaches('store-0', web.name));
    await kubectl(['delete', 'pod', 'store-1', '--namespace', NAMESPACE]);
    await until('the new one to be cut, too', async () => !(await reaches('store-0', 'store-1')));
    await ok('fault', 'recover');
    await until('it to be reached again', () => reaches('store-0', 'store-1'));
    expect(await orders()).to.equal('');
  });

  it('a limit stands in the object, for when nobody of ours is there any more', async () => {
    await inject('partition', 'store-1', '--from', 'store-2', '--duration', '90s');
    const said = await kubectl([
      'get',
      'networkchaos',
      '--namespace',
      NAMESPACE,
      '-o=jsonpath={.items[0].metadata.name} {.items[0].spec.duration}',
    ]);
    const { uid } = await find('store-0');
    expect(said).to.match(new RegExp(`^gameday-f1-${uid} (90|8\\d)s$`));
    await ok('fault', 'recover');
  });

  for (const [kind, ...more] of [['crash'], ['partition', '--from', 'web']] as const)
    for (const when of ['before', 'sent', 'answered'])
      it(`${kind}: a command killed by SIGKILL when its order is ${when} leaves nothing after a recovery`, async () => {
        rmSync(join(cwd, '.gameday'), { recursive: true, force: true });
        const args = ['fault', 'inject', kind, 'store-2', ...more, '--countdown', '0'];
        const env = { ...at.env, GAMEDAY_DIE_AT: when };
        args.push('--overrule', 'last_healthy,max_unavailable');
        const dead = await gameday(args, { cwd, env, node: ['--import', DIE] });
        expect(dead.signal, dead.stderr).to.equal('SIGKILL');
        await ok('fault', 'recover');
        expect(events(cwd).at(-1).type).to.equal('fault.recovered');
        expect(await orders()).to.equal('');
      });

  it('a withdrawal that hangs is not called recovered, and is one when the controller is back', async () => {
    rmSync(join(cwd, '.gameday'), { recursive: true, force: true });
    await inject('partition', 'store-1', '--from', 'web', '--duration', '5m');
    controller('STOP');
    try {
      const ended = await gameday(['fault', 'recover', '--within', '5s'], at);
      expect(ended.code).to.be.oneOf([7, 9]);
      expect(ended.stderr).to.match(/finalizer chaos-mesh\/records is still there/);
      expect(ended.stderr).to.match(/kubectl .* describe networkchaos gameday-f1-/);
    } finally {
      controller('CONT');
    }
    await ok('fault', 'recover');
    expect(await orders()).to.equal('');
  });
});
