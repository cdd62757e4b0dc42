/** Game days on a real cluster by the real CLI: each kind is injected, listed and proven; and whatever falls silent meanwhile. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { playAnywhere } from '../commands/anywhere.ts';
import { events, expectExit, start, until } from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { served } from '../commands/served.ts';
import {
  apply,
  CONTEXT,
  CONTROL,
  clusterEnv,
  kubectl,
  look,
  machine,
  openShop,
  type Pod,
  pods,
  SHOP,
} from './cluster.ts';

describe('faults on Kubernetes', function () {
  this.timeout(180_000);
  let cwd: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    await openShop();
    cwd = mkdtempSync(join(tmpdir(), 'gameday-kubernetes-'));
    // Whatever is begun in it can be told from what others begin.
    env = { ...clusterEnv(), TMPDIR: mkdtempSync(join(tmpdir(), 'gameday-kube-tmp-')) };
    writeFileSync(
      join(cwd, 'gameday.yaml'),
      `
name: shop
engine: kubernetes
kubernetes: { context: ${CONTEXT}, namespace: ${SHOP} }
chapters:
  - title: Welcome
  - title: Fault
    on_enter: [{ inject: { kind: kill, service: web, seed: 1, countdown: 0s } }]
  - title: Recovery
    on_enter: [{ recover: all }]
`,
    );
  });

  after(async () => {
    rmSync(cwd, { recursive: true, force: true });
    rmSync(env.TMPDIR as string, { recursive: true, force: true });
  });

  /** Nothing is left of any command, and the shop is as it was. */
  afterEach(async () => {
    await until('every kubectl to end', () => proxies().length === 0);
    await until('its folder to go', () => readdirSync(env.TMPDIR as string).length === 0);
    await until('the shop to be whole', async () => (await shop()).length === 7, 90_000);
    rmSync(join(cwd, '.gameday'), { recursive: true, force: true });
  });

  const run = (...args: string[]) => served(args, { cwd, env });
  const ok = (...args: string[]) => expectExit(0, args, { cwd, env });
  const inject = (...args: string[]) => ok('fault', 'inject', ...args, '--countdown', '0');
  const shop = async (): Promise<Pod[]> =>
    (await pods(SHOP)).filter(
      ({ app, isReady, isEnding }) => app !== 'once' && isReady && !isEnding,
    );
  const named = async (name: string) =>
    (await shop()).find((pod) => pod.name === name)?.uid as string;
  const unschedulable = async (): Promise<string[]> => {
    const { items } = await look('/api/v1/nodes');
    return items
      .filter(({ spec }: any) => spec.unschedulable)
      .map(({ metadata }: any) => metadata.name);
  };
  const proxies = () =>
    execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.startsWith('kubectl proxy') && line.includes(env.TMPDIR as string));

  async function recovered(pattern: RegExp): Promise<Ended> {
    const ended = await ok('fault', 'recover');
    expect(ended.stdout).to.match(pattern);
    const listed = await ok('fault', 'list', '--json');
    expect(listed.json.faults).to.deep.equal([]);
    return ended;
  }

  it('plays the story that is the same on every engine', async () => {
    const own = `kubernetes: { context: ${CONTEXT}, namespace: ${SHOP} }`;
    const report = await playAnywhere(
      'kubernetes',
      (block) => block.replace('kubernetes: { context: staging, namespace: shop }', own),
      env,
    );
    expect(report).to.include('**Held: all 4 expectations were met; 1 fault.**');
    expect(report).to.match(/Recovery: verified in .*: web-\d was replaced by web-/);
  });

  it('says beforehand what would be hit, what is wrong, and changes nothing', async () => {
    const before = await pods(SHOP);
    expect((await ok('fault', 'inject', 'kill', 'web-2', '--dry-run')).stdout).to.match(
      /killing web-2; 2 of 3 are untouched/,
    );
    expect((await ok('story', 'check')).stdout).to.match(/no problem: shop, 3 chapters/);
    const doctor = await ok('story', 'doctor');
    expect(doctor.stdout).to.match(/kubectl +v1\..*\n.*Kubernetes v1\..* namespace shop/);
    const refused = await expectExit(4, ['fault', 'inject', 'pause', 'web-1', '--dry-run'], {
      cwd,
      env,
    });
    expect(refused.stdout).to.match(/web-1 cannot be paused: Kubernetes has no way to freeze/);
    const job = await expectExit(5, ['fault', 'inject', 'kill', 'once', '--dry-run'], { cwd, env });
    expect(job.stdout).to.match(/refused now/);
    expect(await pods(SHOP)).to.deep.equal(before);
    expect(readdirSync(cwd)).to.deep.equal(['gameday.yaml']);
  });

  it('needs no story: a context and a namespace by flags, and none of them to recover', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gameday-kubernetes-flags-'));
    const at = { cwd: folder, env };
    try {
      const where = ['--context', CONTEXT, '--namespace', SHOP];
      await expectExit(2, ['fault', 'inject', 'kill', 'web', '--engine', 'kubernetes'], at);
      await expectExit(0, ['fault', 'inject', 'kill', 'web-1', ...where, '--countdown', '0'], at);
      expect((await expectExit(0, ['fault', 'recover'], at)).stdout).to.match(
        /web-1 was replaced by web-/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('plays a story', async () => {
    for (let chapter = 1; chapter <= 3; chapter++) await ok('chapter', 'next');
    const ends = events(cwd).filter(({ type }) => type === 'fault.recovered');
    expect(ends.map(({ outcome }) => outcome)).to.deep.equal(['verified']);
    await ok('chapter', 'reset');
  });

  const OWNERS: Record<string, [string, number]> = {
    web: ['Deployment web', 3],
    store: ['StatefulSet store', 2],
    agent: ['DaemonSet agent', 2],
  };
  for (const [kind, ...targets] of [
    ['kill', 'web-1', 'store-1', 'agent-1'],
    ['stop', 'web-3', 'store-2'],
    ['evict', 'web-2', 'store-1'],
  ] as const)
    it(`${kind} ${targets.join(', ')}: others take their places, and are counted one by one`, async () => {
      const before = (await pods(SHOP)).map(({ uid }) => uid);
      for (const target of targets)
        await inject(kind, target, '--overrule', 'last_healthy,max_unavailable');
      const { faults } = (await ok('fault', 'list', '--json')).json;
      for (const { drift } of faults) expect(drift[0].finding).to.be.oneOf(['replaced', 'missing']);
      const hit = events(cwd)
        .filter(({ type }) => type === 'fault.injecting')
        .map(({ effects }) => effects[0].target);
      expect(hit.map(({ id }) => id)).to.have.length(targets.length);
      expect(before).to.include.members(hit.map(({ id }) => id));
      const { stdout } = await recovered(/was replaced by/);
      const now = await shop();
      for (const [index, target] of targets.entries()) {
        const { id, service } = hit[index];
        const [owner, many] = OWNERS[service] as [string, number];
        expect(stdout).to.match(
          new RegExp(`${target} was replaced by .*; ${owner} has ${many} of ${many}`),
        );
        expect(now.map(({ uid }) => uid)).not.to.include(id);
        expect(now.filter(({ app }) => app === service)).to.have.length(many);
      }
    });

  it('scale: down to one, listed as in force, and back to what it was', async () => {
    await inject('scale', 'web', '--to', '1');
    const [fault] = (await ok('fault', 'list', '--json')).json.faults;
    expect(fault.drift[0].finding).to.equal('in_force');
    await until(
      'one to be left',
      async () => (await shop()).filter((pod) => pod.app === 'web').length === 1,
    );
    await recovered(/web no longer scaled/);
    expect((await shop()).filter(({ app }) => app === 'web')).to.have.length(3);
  });

  it('cordon and drain: the node is closed, emptied, and opened again', async () => {
    await inject('cordon', 'node-1');
    expect(await unschedulable()).to.deep.equal(['node1']);
    await recovered(/node-1 no longer cordoned/);
    expect(await unschedulable()).to.deep.equal([]);
    await inject('drain', 'node-2');
    expect(
      (await shop()).filter(({ node }) => node === 'node2').map(({ app }) => app),
    ).to.deep.equal(['agent']);
    await recovered(/node-2 no longer drained/);
    expect(await unschedulable()).to.deep.equal([]);
  });

  it('a budget that is in the way is named: an eviction is refused, and a kill until that is overruled', async () => {
    await apply(`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: every-store, namespace: ${SHOP} }
spec: { maxUnavailable: 0, selector: { matchLabels: { app: store } } }
`);
    try {
      await until('the budget to count', async () => {
        const said = await run(
          'fault',
          'inject',
          'evict',
          'store-1',
          '--countdown',
          '0',
          '--dry-run',
        );
        return said.code === 4 && /PodDisruptionBudget every-store/.test(said.stdout);
      });
      const before = await named('store-0');
      await expectExit(4, ['fault', 'inject', 'evict', 'store-1', '--countdown', '0'], {
        cwd,
        env,
      });
      const kill = ['fault', 'inject', 'kill', 'store-1', '--countdown', '0'];
      const refused = await expectExit(4, kill, { cwd, env });
      expect(refused.stderr).to.match(
        /PodDisruptionBudget every-store .*--overrule max_unavailable/s,
      );
      expect(await named('store-0')).to.equal(before);
      await ok(...kill, '--overrule', 'max_unavailable');
      await recovered(/store-1 was replaced/);
    } finally {
      await kubectl(['delete', 'pdb', 'every-store', '--namespace', SHOP]);
    }
  });

  it('control plane lost under a fault: nothing is called recovered, and all of it is later', async () => {
    await inject('kill', 'web-1');
    machine('off', CONTROL);
    try {
      const listed = await run('fault', 'list', '--json');
      expect(listed.json.engine).to.match(/cannot be reached/);
      const ended = await run('fault', 'recover', '--within', '3s');
      expect(ended.code, ended.stderr).to.be.oneOf([6, 9]);
      expect(events(cwd).some(({ type }) => type === 'fault.recovered')).to.equal(false);
    } finally {
      machine('on', CONTROL);
    }
    await until(
      'the cluster to answer',
      async () => (await run('fault', 'list', '--json')).json.engine === null,
    );
    await recovered(/web-1 was replaced/);
  });

  it('control plane lost while a recovery is proven: it waits, and does not believe', async () => {
    await inject('scale', 'web', '--to', '1');
    await until(
      'two to go',
      async () => (await shop()).filter((pod) => pod.app === 'web').length === 1,
    );
    // The scheduler cannot place what is to come, so that the recovery has to wait.
    await kubectl(['cordon', 'node1', 'node2']);
    const recovery = start(['fault', 'recover', '--within', '90s'], { cwd, env });
    await until('it to wait', () => /waiting for web/.test(recovery.output()));
    machine('off', CONTROL);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(events(cwd).some(({ type }) => type === 'fault.recovered')).to.equal(false);
    machine('on', CONTROL);
    await until('the nodes to be opened', () =>
      kubectl(['uncordon', 'node1', 'node2']).catch(() => null),
    );
    const ended = await recovery.ended;
    expect(ended.code, ended.stderr).to.equal(0);
    expect((await shop()).filter(({ app }) => app === 'web')).to.have.length(3);
  });

  it('a node without power: its pods are unreachable, and prove no recovery', async () => {
    const [victim, other] = (await shop()).filter(({ app }) => app === 'store') as [Pod, Pod];
    // The two of them are never on one node: the first one is made to be elsewhere.
    if (victim.node === other.node) {
      await kubectl(['cordon', other.node]);
      await kubectl(['delete', 'pod', victim.name, '--namespace', SHOP]);
      await until(
        'it to be elsewhere',
        async () => (await shop()).filter(({ app }) => app === 'store').length === 2,
      );
      await kubectl(['uncordon', other.node]);
    }
    const at = other.node.slice(-1);
    machine('off', at);
    try {
      await until('the node to count as lost', async () => {
        const { status } = await look(`/api/v1/nodes/${other.node}`);
        return status.conditions.find(({ type }: any) => type === 'Ready').status !== 'True';
      });
      const lost = await run('fault', 'inject', 'drain', `node-${at}`, '--countdown', '0');
      expect(lost.code, lost.stdout).to.equal(5);
      await inject('kill', 'store-1', '--overrule', 'last_healthy,max_unavailable');
      // What was on it stays `Terminating` until its node is back: no other one may bear its name.
      const ended = await run('fault', 'recover', '--within', '5s');
      expect(ended.code, ended.stderr).to.equal(9);
      expect(ended.stderr).to.match(/StatefulSet store has 1 of 2 that are well/);
    } finally {
      machine('on', at);
    }
    await until('the shop to be whole', async () => (await shop()).length === 7, 90_000);
    await recovered(/StatefulSet store has 2 of 2/);
  });
});
