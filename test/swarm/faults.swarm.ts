/** The real CLI on a real swarm: what is broken on it is recovered from the journal alone, whatever happens in between. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { playAnywhere } from '../commands/anywhere.ts';
import { events, expectExit, gameday, startUntil } from '../commands/cli.ts';
import { eventually } from '../engine/contract.ts';
import { STACK, STORY, swarmStage } from './stage.ts';

describe('faults on a swarm', function () {
  this.timeout(150_000);
  const stage = swarmStage();
  const { options, run, inject, lastEvent, tasks } = stage;
  const node = async (number: number) => {
    const [one] = JSON.parse(await stage.cluster.docker(1, 'node', 'inspect', `node${number}`));
    return one.Spec as { Availability: string; Labels: Record<string, string> };
  };
  const service = async (name: string) => {
    const [one] = JSON.parse(
      await stage.cluster.docker(1, 'service', 'inspect', `${STACK}_${name}`),
    );
    return one.Spec as {
      Mode: { Replicated: { Replicas: number } };
      Labels: Record<string, string>;
    };
  };
  it('kills a task, says that it was replaced, and proves that the service has what it wants', async () => {
    const before = await tasks('web');
    await inject('kill', 'web-1');
    const listed = await eventually('the orchestrator has made another', async () => {
      const { stdout } = await run(0, 'fault', 'list');
      return /has replaced web-1 by shop_web\.1, which is running/.test(stdout) && stdout;
    });
    expect(listed).not.to.match(/drift/);
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(
      /web-1 was replaced by shop_web\.1; service shop_web has 2 of 2 that are well/,
    );
    const now = await tasks('web');
    expect(now.filter((id) => before.includes(id))).to.have.length(1);
    expect(now).to.have.length(2);
  });

  it('plays the story that is the same on every engine', async () => {
    const own = `swarm: { stack: ${STACK}, context: node1 }`;
    const report = await playAnywhere(
      'swarm',
      (block) => block.replace('swarm: { stack: shop }', own),
      stage.cluster.env,
    );
    expect(report).to.include('**Held: all 4 expectations were met; 1 fault.**');
    expect(report).to.match(/Recovery: verified in .*: web-\d was replaced by shop/);
  });

  it('drafts a story for what runs, which the check takes', async () => {
    const at = options({ DOCKER_CONTEXT: 'node1' });
    rmSync(join(at.cwd, 'gameday.yaml'));
    const { stderr } = await expectExit(2, ['story', 'init', '--engine', 'swarm'], at);
    expect(stderr).to.match(/Which stack of the swarm is meant/);
    const init = ['story', 'init', '--engine', 'swarm', '--project', STACK];
    expect((await expectExit(0, init, at)).stdout).to.match(/losing-web, .* load is simulated/);
    const { json } = await expectExit(0, ['story', 'check', '--json'], at);
    expect(json).to.include({ valid: true, engine: 'swarm' });
    expect(json.faults[0]).to.deep.include({ refused: null });
  });

  it('waits for the replacement where it is asked to recover at once', async () => {
    await inject('stop', 'web-2');
    const { stderr } = await run(0, 'fault', 'recover');
    expect(stderr).to.match(/waiting for another in the place of web-2|has replaced web-2/);
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('unpauses from the journal alone, in another process, with the story gone', async () => {
    await inject('pause', 'web-2');
    rmSync(join(stage.folder.path, 'gameday.yaml'));
    const before = await tasks('web');
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(/web-2 unpaused, healthy/);
    expect(await tasks('web')).to.deep.equal(before);
  });

  it('ends a pause at its limit by itself', async () => {
    await inject('pause', 'web-1', '--duration', '2s');
    await eventually('the watchdog has recovered it', () => lastEvent('fault.recovered') ?? false);
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('takes a stack that was updated meanwhile as one that is well again', async () => {
    await inject('pause', 'web-1');
    const before = await tasks('web');
    const update = ['service', 'update', '--detach', '--force', '--update-parallelism', '2'];
    await stage.cluster.docker(1, ...update, `${STACK}_web`);
    await eventually('its tasks are others', async () => {
      const now = await tasks('web');
      return now.length === 2 && !now.some((id) => before.includes(id));
    });
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(/web-1 was replaced by .*; service shop_web has 2 of 2 that are well/);
  });

  it('drains and cordons a node, and gives it back exactly as it was', async () => {
    await stage.cluster.docker(1, 'node', 'update', '--label-add', 'disk=fast', 'node3');
    const before = await node(3);
    const { stdout } = await run(4, 'fault', 'inject', 'drain', 'node-1', '--countdown', '0');
    expect(stdout).to.equal('');
    await inject('drain', 'node-3');
    expect((await node(3)).Availability).to.equal('drain');
    await eventually('it is empty', async () => (await tasks('agent')).length === 2);
    await run(0, 'fault', 'recover');
    expect(await node(3)).to.deep.equal(before);
    expect(await tasks('agent')).to.have.length(3);
    await inject('cordon', 'node-3');
    expect((await node(3)).Availability).to.equal('pause');
    await run(0, 'fault', 'recover');
    expect(await node(3)).to.deep.equal(before);
    await stage.cluster.docker(1, 'node', 'update', '--label-rm', 'disk', 'node3');
  });

  it('scales a service down and back; what somebody else has set meanwhile stays, and is said', async () => {
    const before = await service('web');
    await inject('scale', 'web', '--to', '1');
    expect((await service('web')).Mode.Replicated.Replicas).to.equal(1);
    await run(0, 'fault', 'recover');
    expect(await service('web')).to.deep.equal(before);
    await stage.cluster.settled();
    await inject('scale', 'web', '--to', '1');
    await stage.cluster.docker(1, 'service', 'scale', '--detach', `${STACK}_web=3`);
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(
      /somebody scaled shop_web to 3, which it keeps; before the fault it had 2/,
    );
    const now = await service('web');
    expect([now.Mode.Replicated.Replicas, now.Labels]).to.deep.equal([3, before.Labels]);
    await stage.cluster.docker(1, 'service', 'scale', '--detach', `${STACK}_web=2`);
    const refused = await run(
      4,
      'fault',
      'inject',
      'scale',
      'agent',
      '--to',
      '1',
      '--countdown',
      '0',
    );
    expect(refused.stderr).to.match(/no number of tasks/);
  });

  it('takes a service that was rolled back, and a stack that was deployed again, as undone by somebody', async () => {
    // What a test before has updated is not in the stack's file.
    await stage.cluster.deployAgain();
    const before = await service('web');
    await inject('scale', 'web', '--to', '1');
    await stage.cluster.docker(1, 'service', 'rollback', '--detach', `${STACK}_web`);
    const { stdout } = await run(0, 'fault', 'list');
    expect(stdout).to.match(/somebody undid the fault/);
    await run(0, 'fault', 'recover');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
    await inject('scale', 'web', '--to', '1');
    await inject('pause', 'agent-1');
    await stage.cluster.deployAgain();
    await run(0, 'fault', 'recover');
    expect(await service('web')).to.deep.equal(before);
    expect(await tasks('web')).to.have.length(2);
  });

  it('shows how a task that was replaced had ended, and what it said last', async () => {
    const chapters = `[ { title: Broken, on_enter: [ { inject: { kind: kill, service: web, countdown: 0s } } ] },
  { title: Why, on_enter: [ { detect: 20s }, { diagnose: true } ] }, { title: Over, on_enter: [ { recover: all } ] } ]`;
    const story = STORY.replace('[{ title: Welcome }]', chapters);
    stage.folder.write('gameday.yaml', story);
    await run(0, 'chapter', 'next');
    await eventually('it is replaced', async () => {
      const { stdout } = await run(0, 'fault', 'list');
      return /has replaced web-\d/.test(stdout);
    });
    const { stderr } = await run(0, 'chapter', 'next');
    expect(stderr).to.match(/the engine saw web-\d exit with code 137/);
    expect(stderr).to.match(/web-\d \(kill\): exited, exit code 137/);
    expect(stderr).to.match(/\| ready/);
    await run(0, 'chapter', 'next');
  });

  it('kills a task again and again by itself, each recovered before the next, with one claim for all', async () => {
    const again = ['--every', '4s', '--for', '10s', '--countdown', '0'];
    await run(0, 'fault', 'inject', 'kill', 'web', ...again);
    await eventually('the schedule is over', () => lastEvent('schedule.ended') ?? false, 60_000);
    const all = events(stage.folder.path);
    const ends = all.filter(({ type }) => type === 'fault.recovered');
    expect(ends.length).to.be.above(1);
    for (const end of ends) expect(end).to.include({ outcome: 'verified' });
    await run(0, 'fault', 'recover');
    expect(await stage.cluster.docker(1, 'config', 'ls', '--quiet')).to.equal('');
  });

  it('refuses a second gameday while the first one is at work', async () => {
    const first = await startUntil(
      /pausing in|web-1/,
      ['fault', 'inject', 'pause', 'web-1', '--countdown', '3s'],
      options(),
    );
    const second = await gameday(
      ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'],
      options(),
    );
    expect(second.code).to.equal(4);
    expect(second.stderr).to.match(/holds the run|has held|is at work/);
    expect((await first.ended).code).to.equal(0);
    await run(0, 'fault', 'recover');
  });
});
