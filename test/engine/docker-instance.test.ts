import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import * as v from 'valibot';
import type {
  InspectedContainer,
  ListedContainer,
} from '../../src/engine/docker/docker-answers.ts';
import type { ContainerRecord } from '../../src/engine/docker/docker-instance.ts';
import {
  byServiceAndNumber,
  instanceOf,
  networkOwner,
  rowOf,
} from '../../src/engine/docker/docker-instance.ts';
import { linesOf } from '../../src/engine/docker/docker-logs.ts';
import { InstanceSchema } from '../../src/fault/instance.ts';

const ID = 'ab12cd34ef56'.padEnd(64, '0');
const LABELS = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'redis',
  'com.docker.compose.container-number': '2',
  'com.docker.compose.oneoff': 'False',
};
const LISTED: ListedContainer = {
  Id: ID,
  Names: ['/shop-redis-2'],
  Labels: LABELS,
  State: 'running',
  Status: 'Up 5 minutes',
};

const listed = (change: Partial<ListedContainer> = {}, own: string | null = null) =>
  rowOf({ ...LISTED, ...change }, own);

const INSPECTED: InspectedContainer = {
  Id: ID,
  Name: '/shop-redis-2',
  Image: 'sha256:1',
  RestartCount: 0,
  State: {
    Status: 'running',
    OOMKilled: false,
    Pid: 4711,
    ExitCode: 0,
    StartedAt: '2026-11-24T23:52:18.440938064Z',
    FinishedAt: '0001-01-01T00:00:00Z',
  },
  Config: { Tty: false, Labels: LABELS },
  HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } },
  NetworkSettings: { Networks: {} },
};

const inspected = (
  state: Partial<InspectedContainer['State']> = {},
  change: Partial<InspectedContainer> = {},
) => instanceOf({ ...INSPECTED, ...change, State: { ...INSPECTED.State, ...state } }, null);

const check = (second: number, ExitCode: number) => ({
  Start: `2026-11-24T23:53:0${second}.5Z`,
  ExitCode,
});

describe('a container in a listing', () => {
  it('is known by its labels, and shown by its name', () => {
    expect(listed()).to.deep.equal({
      id: ID,
      name: 'shop-redis-2',
      project: 'shop',
      restarts_with: [],
      service: 'redis',
      number: 2,
      state: 'running',
      health: 'none',
      untouchable: null,
      made_at: null,
      labels: LABELS,
    });
    expect(listed({ Created: 1_796_000_000 }).made_at).to.equal('2026-11-30T00:53:20.000Z');
  });

  it('has its own name before those that links of Compose v1 give it', () => {
    expect(
      listed({ Names: ['/shop_web_1/redis', '/shop_web_1/shop_redis_2', '/shop_redis_2'] }).name,
    ).to.equal('shop_redis_2');
  });

  for (const [status, health] of [
    ['Up 5 minutes', 'none'],
    ['Up About a minute (healthy)', 'healthy'],
    ['Up 3 seconds (unhealthy)', 'unhealthy'],
    ['Up Less than a second (health: starting)', 'starting'],
  ] as const)
    it(`"${status}" means ${health}`, () =>
      expect(listed({ Status: status }).health).to.equal(health));

  it('has its health from a field of its own where the engine has one', () => {
    expect(listed({ Status: 'Up 5 minutes', Health: { Status: 'starting' } }).health).to.equal(
      'starting',
    );
    expect(
      listed({ State: 'paused', Status: 'Up 5 minutes (Paused)', Health: { Status: 'unhealthy' } })
        .health,
    ).to.equal('unhealthy');
  });

  it('has no health while nobody looks at it', () => {
    expect(listed({ State: 'exited', Status: 'Exited (137) 3 seconds ago' })).to.include({
      state: 'exited',
      health: 'none',
    });
    expect(listed({ State: 'restarting', Status: 'Restarting (1) 2 seconds ago' })).to.include({
      state: 'restarting',
      health: 'none',
    });
    expect(listed({ State: 'exited', Health: { Status: 'unhealthy' } }).health).to.equal('none');
  });

  it('keeps a state that nobody has heard of as it is, and knows the words of Podman', () => {
    expect(listed({ State: 'levitating' })).to.include({ state: 'levitating', health: 'none' });
    for (const [word, state] of Object.entries({
      stopped: 'exited',
      stopping: 'running',
      initialized: 'created',
      configured: 'created',
    }))
      expect(listed({ State: word }).state, word).to.equal(state);
  });

  it('is untouchable when it is one-off, a task of a swarm, or ourselves', () => {
    expect(
      listed({ Labels: { ...LABELS, 'com.docker.compose.oneoff': 'True' } }).untouchable,
    ).to.match(/one-off/);
    expect(listed({ Labels: { ...LABELS, 'com.docker.swarm.task.id': 'x' } }).untouchable).to.match(
      /swarm/,
    );
    expect(listed({}, ID.slice(0, 12)).untouchable).to.match(/gameday itself/);
    expect(listed({}, 'ab12cd34ef57').untouchable).to.equal(null);
  });

  it('stands by service and number, one-off containers behind', () => {
    const row = (service: string, number: number, oneOff = 'False') =>
      listed({
        Labels: {
          ...LABELS,
          'com.docker.compose.service': service,
          'com.docker.compose.container-number': String(number),
          'com.docker.compose.oneoff': oneOff,
        },
      });
    const sorted = [
      row('web', 1, 'True'),
      row('web', 10),
      row('api', 2),
      row('web', 2),
      row('api', 1),
    ].sort(byServiceAndNumber);
    expect(
      sorted.map(
        ({ service, number, untouchable }) => `${service}-${number}${untouchable ? '!' : ''}`,
      ),
    ).to.deep.equal(['api-1', 'api-2', 'web-2', 'web-10', 'web-1!']);
  });
});

describe('a container looked at closely', () => {
  it('becomes what the journal takes, whatever the engine leaves out', () => {
    const bare: InspectedContainer = {
      Id: ID,
      Image: '',
      State: { Status: 'created' },
      Config: {},
      HostConfig: {},
    };
    for (const instance of [inspected(), instanceOf(bare, null)])
      expect(v.parse(InstanceSchema, instance)).to.deep.equal(instance);
    expect(instanceOf(bare, null)).to.include({
      started_at: null,
      finished_at: null,
      exit_code: null,
      number: 1,
    });
    expect(instanceOf(bare, null).record.pid).to.equal(null);
  });

  it('keeps the start exactly, and takes the zero time for none', () => {
    expect(inspected()).to.include({
      started_at: '2026-11-24T23:52:18.440938064Z',
      finished_at: null,
      exit_code: null,
      restarted_by: 'on-failure',
    });
    expect(inspected().record).to.include({ pid: 4711, restart_policy: 'on-failure' });
  });

  it('tells nothing of the end before this life', () => {
    const finished = '2026-11-24T23:52:17Z';
    expect(inspected({ FinishedAt: finished, ExitCode: 137 })).to.include({
      finished_at: null,
      exit_code: null,
    });
    expect(inspected({ Status: 'exited', FinishedAt: finished, ExitCode: 137, Pid: 0 })).to.include(
      {
        finished_at: finished,
        exit_code: 137,
      },
    );
    expect(
      inspected({ Status: 'restarting', FinishedAt: finished, ExitCode: 1, Pid: 0 }),
    ).to.include({ exit_code: 1 });
  });

  it('has the exit code of a start that failed', () => {
    expect(
      inspected({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z', ExitCode: 127 }).exit_code,
    ).to.equal(127);
    expect(
      inspected({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z', ExitCode: 0 }).exit_code,
    ).to.equal(null);
  });

  it('has its aliases sorted, without the short id, and its networks by name', () => {
    const endpoint = {
      NetworkID: 'n',
      IPAddress: '',
      Aliases: ['web', 'b', ID.slice(0, 12), 'a', 'b'],
    };
    const { record } = inspected(
      {},
      {
        NetworkSettings: {
          Networks: { z: endpoint, a: { NetworkID: 'm', IPAddress: '10.0.0.2', Aliases: null } },
        },
      },
    );
    const networks = record.networks as ContainerRecord['networks'];
    expect(Object.keys(networks)).to.deep.equal(['a', 'z']);
    expect(networks.z).to.deep.equal({ network_id: 'n', aliases: ['a', 'b', 'web'], ipv4: null });
    expect(networks.a).to.deep.equal({ network_id: 'm', aliases: [], ipv4: '10.0.0.2' });
  });

  it('is unhealthy since the first of the failed checks that last until now', () => {
    const since = (Log: { Start: string; ExitCode: number }[], state = {}) =>
      inspected({ Health: { Status: 'unhealthy', Log }, ...state }).unhealthy_since;
    expect(since([check(1, 0), check(2, 1), check(3, -1)])).to.equal(check(2, 1).Start);
    expect(since([check(1, 1), check(2, 0), check(3, 1)])).to.equal(check(3, 1).Start);
    expect(since([check(1, 1), check(2, 1)])).to.equal(check(1, 1).Start);
    expect(since([check(1, 1), check(2, 1)], { StartedAt: '2026-11-24T23:53:02Z' })).to.equal(
      check(2, 1).Start,
    );
    expect(since([check(1, 1), check(2, 0)])).to.equal(null);
    expect(since([])).to.equal(null);
  });

  it('is not unhealthy since anything while it is not unhealthy', () => {
    expect(inspected({ Health: { Status: 'starting', Log: [check(1, 1)] } })).to.include({
      health: 'starting',
      unhealthy_since: null,
    });
    expect(
      inspected({ Status: 'exited', Health: { Status: 'unhealthy', Log: [check(1, 1)] } }),
    ).to.include({
      health: 'none',
      unhealthy_since: null,
    });
  });
});

describe('a log', () => {
  const frame = (stream: number, text: string) => {
    const content = Buffer.from(text);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  const line = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map((text) => text.replace(/[\p{Cc}\u200b-\u206f]/gu, 'x'));

  it('comes out of frames as it went in, wherever the frames are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(1, 2), line)), fc.nat(20), (written, cutAt) => {
        const frames = written.flatMap(([stream, text]) => {
          const whole = `${text}\n`;
          const at = Math.min(cutAt, [...whole].length);
          const parts = [[...whole].slice(0, at).join(''), [...whole].slice(at).join('')];
          return parts.map((part) => frame(stream, part));
        });
        expect(linesOf(Buffer.concat(frames), false, 1000)).to.deep.equal(
          written.map(([, text]) => text),
        );
      }),
    );
  });

  it('gives the last lines, without colours and control characters', () => {
    expect(
      linesOf(frame(1, 'one\n\u001b[32mtwo\u001b[0m\r\n\tthree\u0007\n'), false, 2),
    ).to.deep.equal(['two', ' three']);
    expect(linesOf(Buffer.from('raw\r\n\u001b]0;title\u0007text\r\n'), true, 5)).to.deep.equal([
      'raw',
      'text',
    ]);
  });

  it('is empty for no bytes and for no lines, and goes as far as a cut frame does', () => {
    expect(linesOf(Buffer.alloc(0), false, 5)).to.deep.equal([]);
    expect(linesOf(frame(1, 'text\n'), false, 0)).to.deep.equal([]);
    expect(
      linesOf(
        Buffer.concat([frame(1, 'whole\n'), frame(2, 'cut short\n').subarray(0, 11)]),
        false,
        5,
      ),
    ).to.deep.equal(['whole', 'cut']);
    expect(
      linesOf(Buffer.concat([frame(1, 'whole\n'), Buffer.from([1, 0, 0])]), false, 5),
    ).to.deep.equal(['whole']);
  });
});

// Kind: what runs is taken for what it was. Only a network that ends with its owner cuts others off.
describe('the owner of a network', () => {
  const owner = (NetworkMode: string) => ({ ...LISTED, HostConfig: { NetworkMode } });
  const sharer = { Id: 'ef'.padEnd(64, '0'), HostConfig: { NetworkMode: `container:${ID}` } };

  it('is the container that is named by its id, also where it is gone', () => {
    expect(networkOwner(sharer, [owner('shop_default'), sharer])).to.equal(ID);
    expect(networkOwner(sharer, [sharer])).to.equal(ID);
  });

  it('is nobody where the network is its own, none, or that of the machine', () => {
    for (const mode of ['shop_default', 'bridge', 'host', 'none', ''])
      expect(networkOwner(owner(mode), [owner(mode)]), mode).to.equal(null);
    expect(networkOwner(LISTED, [LISTED])).to.equal(null);
    expect(networkOwner(sharer, [owner('host'), sharer])).to.equal(null);
  });
});
