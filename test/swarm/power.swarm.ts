/** Nodes and managers that go away in mid-fault: nothing is called recovered that was not seen well, and everything is recovered later. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { gameday, startUntil } from '../commands/cli.ts';
import { eventually } from '../engine/contract.ts';
import { STORY, swarmStage } from './stage.ts';

/** What a recovery says that waits for another task. */
const WAITS = /waiting for another in the place|has 1 of 2/;

describe('a swarm that loses nodes', function () {
  this.timeout(150_000);
  const stage = swarmStage();
  const { options, run, inject, lastEvent, nodeOf } = stage;

  const status = (node: number) =>
    stage.cluster.docker(1, 'node', 'inspect', '--format', '{{.Status.State}}', `node${node}`);
  const availability = async (at: number, to: 'active' | 'pause', nodes: number[]) => {
    for (const node of nodes)
      await eventually(
        `node${node} is set to ${to}`,
        () =>
          stage.cluster.docker(at, 'node', 'update', '--availability', to, `node${node}`).then(
            () => true,
            () => false,
          ),
        60_000,
      );
  };
  /** Nothing new starts anywhere meanwhile, so that a recovery waits. */
  const whileNothingStarts = async (at: number, work: () => Promise<void>) => {
    await availability(at, 'pause', [1, 2, 3]);
    try {
      await work();
    } finally {
      await availability(at, 'active', [1, 2, 3]);
    }
  };
  /** A task may be on its way still, as a node is that was off before. */
  const killOnceItRuns = (target: string) =>
    eventually('its task runs, and is killed', async () => {
      const kill = ['fault', 'inject', 'kill', target, '--countdown', '0'];
      const { code, stderr } = await gameday(kill, options());
      expect(code, stderr).to.be.oneOf([0, 5]);
      return code === 0;
    });
  const answers = (node: number) =>
    stage.cluster.docker(node, 'node', 'ls').then(
      () => true,
      () => false,
    );

  it('calls nothing recovered on a node without power, and recovers it when the node is back', async () => {
    await inject('pause', 'agent-3');
    await stage.cluster.power('off', 3);
    const { stderr } = await run(6, 'fault', 'recover', '--within', '1s');
    expect(stderr).to.match(/node3|unreachable|cannot be reached|does not answer/);
    expect(lastEvent('fault.recovered')).to.equal(undefined);
    await stage.cluster.power('on', 3);
    await stage.cluster.settled();
    await run(0, 'fault', 'recover');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('calls nothing recovered on a node without its cable, and recovers what is on it when that is back', async () => {
    await inject('pause', 'agent-3');
    await stage.cluster.power('unplug', 3);
    await eventually('the manager misses it', async () => (await status(3)) === 'down', 60_000);
    const { stderr } = await run(9, 'fault', 'recover', '--within', '1s');
    expect(stderr)
      .to.match(/agent-3 is unreachable/)
      .and.not.match(/restarted/);
    expect(lastEvent('fault.recovered')).to.equal(undefined);
    await stage.cluster.power('plug', 3);
    await eventually('the manager has it again', async () => (await status(3)) === 'ready', 60_000);
    await run(0, 'fault', 'recover', '--within', '60s');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('calls nothing recovered while the only manager is away, and recovers from the journal when it is back', async () => {
    const number = (await nodeOf(1)) === 1 ? 2 : 1;
    await inject('kill', `web-${number}`);
    await stage.cluster.power('off', 1);
    const { stderr } = await run(6, 'fault', 'recover');
    expect(stderr).to.match(/No Docker engine at/);
    expect(lastEvent('fault.recovered')).to.equal(undefined);
    await stage.cluster.power('on', 1);
    await run(0, 'fault', 'recover', '--within', '60s');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('asks the only manager again while it is away in mid-recovery, and ends the same recovery when it is back', async () => {
    const target = `web-${(await nodeOf(1)) === 1 ? 2 : 1}`;
    let ended: ReturnType<typeof gameday> | undefined;
    await whileNothingStarts(1, async () => {
      await killOnceItRuns(target);
      const recover = ['fault', 'recover', '--within', '90s'];
      ({ ended } = await startUntil(WAITS, recover, options()));
      await stage.cluster.power('off', 1);
      expect(lastEvent('fault.recovered')).to.equal(undefined);
      await stage.cluster.power('on', 1);
    });
    const { code, stderr } = await (ended as ReturnType<typeof gameday>);
    expect(code, stderr).to.equal(0);
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('goes on by another manager where the leader that it knew is lost', async () => {
    await stage.cluster.docker(1, 'node', 'promote', 'node2', 'node3');
    await eventually('all three are managers', async () => {
      const list = await stage.cluster.docker(1, 'node', 'ls', '--format', '{{.ManagerStatus}}');
      return !/^$|Unreachable/m.test(list) && list.split('\n').length === 3;
    });
    const number = (await nodeOf(1)) === 1 ? 2 : 1;
    await inject('pause', `web-${number}`);
    await stage.cluster.power('off', 1);
    await eventually(
      'another leader is chosen, and the fault recovered by it',
      async () => {
        const { code } = await gameday(['fault', 'recover', '--only-targets'], options());
        expect(code).to.be.oneOf([0, 6]);
        return code === 0;
      },
      60_000,
    );
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
    await stage.cluster.power('on', 1);
  });

  it('calls nothing recovered while a leader is lost in mid-recovery, and ends the same recovery under the next one', async () => {
    const managers = await stage.cluster.docker(
      2,
      'node',
      'ls',
      '--format',
      '{{.Hostname}} {{.ManagerStatus}}',
    );
    const leader = Number(/node(\d) Leader/.exec(managers)?.[1]);
    // The recovery asks a manager that follows.
    const follower = leader === 2 ? 3 : 2;
    stage.folder.write('gameday.yaml', STORY.replace('node1', `node${follower}`));
    const others = [1, 2, 3].filter((node) => node !== leader);
    const target = `web-${(await nodeOf(1)) === leader ? 2 : 1}`;
    // What was on the lost node is asked of nobody.
    await whileNothingStarts(follower, async () => {
      await killOnceItRuns(target);
      const recover = ['fault', 'recover', '--only-targets', '--within', '90s'];
      const { ended } = await startUntil(WAITS, recover, options());
      await stage.cluster.power('off', leader);
      try {
        await eventually('another leader answers', () => answers(follower), 60_000);
        expect(lastEvent('fault.recovered')).to.equal(undefined);
        await availability(follower, 'active', others);
        const { code, stderr } = await ended;
        expect(code, stderr).to.equal(0);
        expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
      } finally {
        await stage.cluster.power('on', leader);
      }
    });
  });
});
