/** The story of examples/etcd on a real cluster of three: its leader dies, another one is elected, and it comes back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { events, expectExit, start, until } from './cli.ts';
import { bringUpExample, type ExampleStack } from './example-stack.ts';

const NODES = ['etcd0', 'etcd1', 'etcd2'];
const ENDPOINTS = NODES.map((node) => `http://${node}:2379`).join(',');

interface Seen {
  id: string;
  state: string;
  startedAt: string;
  restarts: number;
}

describe('examples/etcd on a real cluster', function () {
  this.timeout(240_000);
  let stack: ExampleStack;
  const etcdctl = (node: string, ...args: string[]) =>
    stack.compose('exec', '-T', node, 'etcdctl', '--command-timeout=3s', ...args);

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const ports = await freePorts(3);
    const edit = (story: string) =>
      story
        .replaceAll(/127\.0\.0\.1:2379(\d)/g, (_, node) => `127.0.0.1:${ports + Number(node)}`)
        // How fast this machine is, with other tests beside it, is not what is tested.
        .replace(/rate: \d+\/s/, 'rate: 50/s')
        .replace(/p99: "<= .*"/, 'p99: "<= 20s"')
        .replace(/errors: "<= .*"/, 'errors: "<= 50%"')
        .replace(/throughput: ">= .*"/, 'throughput: ">= 20% of baseline"');
    const [ETCD0_PORT, ETCD1_PORT, ETCD2_PORT] = NODES.map((_, node) => String(ports + node));
    const env = { ETCD_IMAGE: await docker.image('etcd'), ETCD0_PORT, ETCD1_PORT, ETCD2_PORT };
    stack = await bringUpExample(docker, 'etcd', edit, env);
  });
  after(() => stack?.cleanup());

  async function look(): Promise<Record<string, Seen>> {
    const ids = (await stack.compose('ps', '--all', '--quiet')).split('\n').filter(Boolean);
    const all: any[] = JSON.parse(await stack.docker.docker(['inspect', ...ids]));
    return Object.fromEntries(
      all.map((one) => [
        one.Config.Labels['com.docker.compose.service'],
        {
          id: one.Id,
          state: one.State.Status,
          startedAt: one.State.StartedAt,
          restarts: one.RestartCount,
        },
      ]),
    );
  }

  /** The node that itself says that it leads; `nodes` are those that run. */
  async function leader(nodes: string[]): Promise<string | null> {
    const endpoints = nodes.map((node) => `http://${node}:2379`).join(',');
    const status = await etcdctl(
      nodes[0] as string,
      '--endpoints',
      endpoints,
      '--write-out=json',
      'endpoint',
      'status',
    ).catch(() => '[]');
    const answers: any[] = JSON.parse(status);
    const found = answers.find(
      ({ Status }) => Status.header.member_id === Status.leader && Status.leader !== 0,
    );
    return found ? (/etcd\d/.exec(found.Endpoint)?.[0] ?? null) : null;
  }

  /** Everything but the victim is exactly as it was. */
  function expectUndisturbed(
    before: Record<string, Seen>,
    now: Record<string, Seen>,
    victim: string,
  ): void {
    expect(Object.keys(now).sort()).to.deep.equal(NODES);
    for (const node of NODES) {
      if (node !== victim) expect(now[node], node).to.deep.equal(before[node]);
      expect(now[node]?.id, `${node} is the same container`).to.equal(before[node]?.id);
    }
  }

  async function expectWholeAgain(before: Record<string, Seen>, victim: string): Promise<void> {
    const now = await look();
    expectUndisturbed(before, now, victim);
    expect(now[victim]).to.include({ state: 'running' });
    await etcdctl(victim, '--endpoints', ENDPOINTS, 'endpoint', 'health');
    const members = await etcdctl(victim, 'member', 'list');
    expect(members.match(/started/g), members).to.have.length(3);
  }

  it('eight shells: the leader dies, another one leads, and it comes back with nothing else disturbed', async () => {
    const whole = await look();
    const first = await until('a leader', () => leader(NODES));
    for (const title of ['Welcome', 'Cluster Health', 'Load Generation']) {
      expect((await expectExit(0, ['chapter', 'next'], stack.at())).stdout).to.include(title);
    }
    const fault = await expectExit(0, ['chapter', 'next', '--countdown', '1s'], stack.at());
    // Where the machine is slow, the first figures are there by then.
    expect(fault.stdout.split('\n')[0]).to.equal(
      `[4/8] Fault Injection (live: f1: kill ${first}-1; next: Detection)`,
    );
    expect((await look())[first]).to.include({ state: 'exited' });
    expectUndisturbed(whole, await look(), first);

    const left = NODES.filter((node) => node !== first);
    const second = await until('a new leader', () => leader(left));
    expect(second).not.to.equal(first);
    const detection = await expectExit(0, ['chapter', 'next'], stack.at());
    expect(detection.stderr).to.match(new RegExp(`the engine saw ${first}-1 exit with code 137`));
    const diagnosis = await expectExit(0, ['chapter', 'next'], stack.at());
    expect(diagnosis.stderr).to.include(`leads now: ${await leader(left)}-1`);

    const recovery = await expectExit(0, ['chapter', 'next'], stack.at());
    expect(recovery.stdout).to.match(/^\[8\/8\] Demo Complete \(the end of the story\)\n/);
    expect(recovery.stderr).to.match(new RegExp(`${first}-1 started, healthy`));
    const { verified } = events(stack.folder.path).find(({ type }) => type === 'workload.verified');
    expect(verified.acknowledged, 'writes before, without and after the leader').to.be.greaterThan(
      100,
    );
    for (const what of ['lost', 'stale', 'foreign', 'unreadable'])
      expect(verified[what], what).to.deep.equal({ count: 0, keys: [] });
    await expectExit(3, ['chapter', 'next'], stack.at());
    await expectWholeAgain(whole, first);
    expect(await leader(left), 'nobody took the lead from the new leader').to.equal(second);
  });

  it('one `fault recover` mends what a command that was killed in the middle left', async () => {
    await expectExit(0, ['chapter', 'reset'], stack.at());
    const whole = await look();
    const victim = await until('a leader', () => leader(NODES));
    const story = readFileSync(join(stack.folder.path, 'gameday.yaml'), 'utf8');
    for (let chapter = 1; chapter <= 2; chapter++)
      await expectExit(0, ['chapter', 'next'], stack.at());
    // The chapter breaks the leader and then waits, so that there is a middle to be killed in.
    writeFileSync(
      join(stack.folder.path, 'gameday.yaml'),
      story
        .replace(/ {2}- title: Load Generation[\s\S]*?(?= {2}- title: Fault Injection)/, '')
        .replace(/(- inject: .*)\n/, '$1\n      - wait: 5m\n'),
    );
    const running = start(['chapter', 'next', '--countdown', '0'], stack.at());
    await until('the leader to be dead', async () => (await look())[victim]?.state === 'exited');
    running.child.kill('SIGKILL');
    expect((await running.ended).signal).to.equal('SIGKILL');

    const listed = await expectExit(0, ['fault', 'list', '--json'], stack.at());
    expect(listed.json.faults).to.have.length(1);
    expect(listed.json.faults[0].targets[0].service).to.equal(victim);
    expect(listed.json.faults[0].drift[0].finding).to.equal('in_force');
    expect(
      (await expectExit(4, ['chapter', 'next', '--json'], stack.at())).json.error.code,
      'not passed by another shell',
    ).to.equal('chapter_blocks');
    expect(
      (await expectExit(0, ['fault', 'recover', '--json'], stack.at())).json.live_faults,
    ).to.deep.equal([]);
    await expectWholeAgain(whole, victim);
    expect(await until('a leader', () => leader(NODES))).to.match(/^etcd\d$/);
  });
});
