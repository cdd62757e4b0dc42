/** Which tasks of a swarm nothing may be done to, by what its manager says. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Service, SwarmNode, Task } from '../../src/engine/swarm/swarm-answers.ts';
import { taskRow } from '../../src/engine/swarm/swarm-tasks.ts';

describe('tasks of a swarm', () => {
  const version = { Index: 1 };
  const node: SwarmNode = {
    ID: 'n1',
    Version: version,
    Spec: { Availability: 'active' },
    Description: { Hostname: 'node1' },
    Status: { State: 'ready' },
  };
  const task: Task = {
    ID: 't1',
    ServiceID: 's1',
    NodeID: 'n1',
    Slot: 1,
    DesiredState: 'running',
    Status: { State: 'running', ContainerStatus: { ContainerID: 'c1' } },
  };
  const why = (
    mode: NonNullable<Service['Spec']['Mode']>,
    state = 'ready',
    own: string | null = null,
  ) => {
    const service: Service = { ID: 's1', Version: version, Spec: { Name: 'shop_web', Mode: mode } };
    const view = {
      stack: 'shop',
      tasks: [task],
      services: new Map([['s1', service]]),
      nodes: new Map([['n1', { ...node, Status: { State: state } }]]),
    };
    return taskRow(task, view, { containers: new Map() }, own).untouchable;
  };

  it('are left alone where they belong to a job, of either sort', () => {
    expect(why({ Replicated: { Replicas: 1 } })).to.equal(null);
    for (const mode of [{ ReplicatedJob: {} }, { GlobalJob: {} }])
      expect(why(mode)).to.equal('a task of a job, which ends by itself');
  });

  it('are left alone on a node that is away, and where gameday itself runs in them', () => {
    expect(why({ Global: {} }, 'down')).to.equal('its node node1 is down');
    expect(why({ Global: {} }, 'ready', 'c1')).to.match(/gameday itself runs in/);
  });
});
