/** Nodes and managers that go away in mid-fault: nothing is called recovered that was not seen well, and everything is recovered later. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { gameday } from '../commands/cli.ts';
import { eventually } from '../engine/contract.ts';
import { swarmStage } from './stage.ts';

describe('a swarm that loses nodes', function () {
  this.timeout(150_000);
  const stage = swarmStage();
  const { options, run, inject, lastEvent, nodeOf } = stage;

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
});
