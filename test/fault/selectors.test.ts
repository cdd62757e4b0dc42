import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type InstanceRow, label } from '../../src/fault/instance.ts';
import type { Selector } from '../../src/fault/selectors.ts';
import { type SelectorContext, select } from '../../src/fault/selectors.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { refusal, row, stacks } from '../story/things.ts';

const context = (patch: Partial<SelectorContext> = {}): SelectorContext => ({
  project: 'shop',
  protect: [],
  held: new Map(),
  disturbed: new Map(),
  maxTargets: null,
  maxUnavailable: { share: 1 },
  production: { labels: [], contexts: [] },
  reachedBy: [],
  startCommand: 'docker compose up -d',
  unpauseCommand: 'docker compose unpause',
  seed: 1,
  printed: null,
  ...patch,
});
const selector = (patch: Partial<Selector> = {}): Selector => ({
  service: null,
  labels: [],
  pick: { by: 'random' },
  count: 1,
  seed: null,
  exclude: [],
  overrule: ['last_healthy'],
  ...patch,
});
const ALL = { by: 'all' } as const;

const STACK = [
  row('cache', 1, { labels: { tier: 'db', team: 'data' } }),
  row('grafana', 1),
  row('web', 1, { labels: { tier: 'front', zone: 'a1' } }),
  row('web', 2, { labels: { tier: 'front', zone: 'a2' } }),
  row('web', 3, { labels: { tier: 'front', zone: 'b1' } }),
];

const selectors: fc.Arbitrary<Selector> = fc.record({
  service: fc.constantFrom(
    null,
    'web',
    'web-1',
    'web-2',
    'store',
    'cache-1',
    'grafana',
    'we',
    'nobody',
  ),
  pick: fc.constantFrom(
    ALL,
    { by: 'random' } as const,
    { by: 'oldest' } as const,
    { by: 'newest' } as const,
  ),
  labels: fc.constantFrom([], [], ['tier'], ['tier=web']),
  count: fc.integer({ min: 1, max: 4 }),
  seed: fc.constant(null),
  exclude: fc.subarray(['web-1', 'cache'], { maxLength: 1 }),
  overrule: fc.constantFrom([], ['last_healthy'] as const),
});

/** A stack, and of some of its instances the faults that hold them. */
const situations = stacks.chain((rows) =>
  fc.record({
    rows: fc.constant(rows.map((each) => ({ ...each, labels: { tier: each.service } }))),
    protect: fc.subarray(['web', 'store', 'cache', 'grafana'], { maxLength: 2 }),
    held: fc
      .subarray(rows, { maxLength: Math.min(3, rows.length) })
      .map((held) => new Map(held.map(({ id }, index) => [id, `f${index + 1}`]))),
    maxTargets: fc.option(fc.integer({ min: 1, max: 5 })),
    maxUnavailable: fc.constantFrom(null, 1, { share: 1 }),
    seed: fc.nat({ max: 2 ** 32 - 1 }),
  }),
);

describe('selectors', () => {
  it('never hit what is protected, held, down or untouchable, and refuse in words where nothing is left', () => {
    let hits = 0;
    fc.assert(
      fc.property(situations, selectors, ({ rows, ...situation }, wanted) => {
        let chosen: InstanceRow[];
        try {
          chosen = select(rows, wanted, context({ ...situation, disturbed: situation.held }));
        } catch (error) {
          expect(error).to.be.instanceOf(Refusal);
          expect((error as Refusal).code).to.be.oneOf([
            'protected',
            'no_target',
            'unsupported_target',
            'already_faulted',
            'blast_radius',
            'last_healthy',
            'max_unavailable',
          ]);
          expect((error as Refusal).message).to.match(/\S/);
          expect((error as Refusal).next).to.match(/\S/);
          return;
        }
        hits++;
        expect(chosen).to.not.be.empty;
        expect(new Set(chosen).size).to.equal(chosen.length);
        expect(chosen, 'in the order of the listing').to.deep.equal(
          rows.filter((each) => chosen.includes(each)),
        );
        for (const each of chosen) {
          expect(situation.protect).to.not.include(each.service);
          expect(each).to.include({ state: 'running', untouchable: null });
          expect([...situation.held.keys()]).to.not.include(each.id);
          for (const name of [each.service, label(each)])
            expect(wanted.exclude).to.not.include(name);
          if (wanted.labels.includes('tier=web')) expect(each.service).to.equal('web');
          if (wanted.service !== null)
            expect([each.service, label(each)]).to.include(wanted.service);
        }
        if (wanted.pick.by !== 'all') expect(chosen).to.have.lengthOf(wanted.count as number);
        if (situation.maxTargets !== null)
          expect(chosen.length + situation.held.size).to.be.at.most(situation.maxTargets);
      }),
      { numRuns: 4000 },
    );
    expect(hits).to.be.above(200);
  });

  it('draw the same victim for the same seed and stack', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 5 }), (seed, count) => {
        const draw = () => select(STACK, selector({ count }), context({ seed }));
        expect(draw()).to.deep.equal(draw());
        expect(draw()).to.have.lengthOf(count);
      }),
    );
  });

  it('refuse to hit fewer than are asked for', () => {
    const { code, message } = refusal(() =>
      select(STACK, selector({ count: STACK.length + 1 }), context()),
    );
    expect(code).to.equal('no_target');
    for (const each of STACK) expect(message).to.include(label(each));
  });

  it('draw everybody about as often', () => {
    const hits = new Map<string, number>();
    for (let seed = 0; seed < 5000; seed++) {
      const [victim] = select(STACK, selector(), context({ seed }));
      hits.set(label(victim as InstanceRow), (hits.get(label(victim as InstanceRow)) ?? 0) + 1);
    }
    expect(hits.size).to.equal(5);
    for (const [name, count] of hits) expect(count, name).to.be.within(800, 1200);
  });

  it('match by label alone, never by a piece of a name', () => {
    // A demo once killed grafana, since the project's name held "tikv".
    const rows = ['grafana', 'pd', 'tikv0', 'tikv1'].map((service) =>
      row(service, 1, { project: 'operator-tikv', name: `operator-tikv-${service}-1` }),
    );
    const { code, message, next } = refusal(() =>
      select(rows, selector({ service: 'tikv', pick: ALL }), context({ project: 'operator-tikv' })),
    );
    expect(code).to.equal('no_target');
    expect(message).to.equal('No service is called "tikv"; there are grafana, pd, tikv0, tikv1.');
    expect(next).to.equal('Did you mean `tikv0`?');
    for (const piece of ['operator', 'operator-tikv', '1', 'tikv0-', 'TIKV0', '']) {
      expect(
        refusal(() => select(rows, selector({ service: piece }), context())).code,
        piece,
      ).to.equal('no_target');
    }
    expect(select(rows, selector({ service: 'tikv0' }), context()).map(label)).to.deep.equal([
      'tikv0-1',
    ]);
  });

  it('take one instance by service and number, and a service before an instance of that name', () => {
    expect(
      select(STACK, selector({ service: 'web-2', pick: ALL }), context()).map(label),
    ).to.deep.equal(['web-2']);
    const rows = [row('web', 2), row('web-2', 1)];
    expect(
      select(rows, selector({ service: 'web-2', pick: ALL }), context()).map(label),
    ).to.deep.equal(['web-2-1']);
  });

  describe('by label', () => {
    const bearing = (labels: string[], patch: Partial<Selector> = {}) =>
      select(STACK, selector({ labels, pick: ALL, ...patch }), context()).map(label);
    for (const [what, labels, found] of [
      ['by name and value', ['tier=db'], ['cache-1']],
      ['by its name alone', ['zone'], ['web-1', 'web-2', 'web-3']],
      ['by a pattern', ['zone=a*'], ['web-1', 'web-2']],
      ['by all of several', ['tier=front', 'zone=b1'], ['web-3']],
    ] as const) {
      it(`take what bears it, ${what}`, () => expect(bearing([...labels])).to.deep.equal(found));
    }

    it('take what is of the service as well', () => {
      expect(bearing(['tier'], { service: 'cache' })).to.deep.equal(['cache-1']);
    });

    for (const [labels, message, next] of [
      [['tier=dbb'], 'No instance bears the label tier=dbb; there are cache-1', '`tier=db`'],
      [['teir'], 'No instance bears the label teir', '`tier`'],
      [['tier=db', 'zone=a1'], 'No instance bears all of tier=db, zone=a1', 'fewer labels'],
      [['qqqqqq=1'], 'No instance bears the label qqqqqq=1', 'Name a service'],
    ] as const) {
      it(`refuse ${labels.join(' and ')}`, () => {
        const refused = refusal(() => bearing([...labels]));
        expect(refused.code).to.equal('no_target');
        expect(refused.message).to.include(message);
        expect(refused.next).to.include(next);
      });
    }

    it('show no value of another label, which may be a secret', () => {
      const rows = [row('web', 1, { labels: { token: 'S3CRET', tier: 'db' } })];
      const { message, next } = refusal(() =>
        select(rows, selector({ labels: ['tokem=x'] }), context()),
      );
      expect(message + next).to.not.include('S3CRET');
    });

    it('pass over nothing in silence: what is protected among them is a refusal', () => {
      const refused = refusal(() =>
        select(STACK, selector({ labels: ['tier'], pick: ALL }), context({ protect: ['cache'] })),
      );
      expect(refused.code).to.equal('protected');
    });
  });

  describe('by what a program printed', () => {
    const printed = (text: string, patch: Partial<Selector> = {}) =>
      select(
        STACK,
        selector({ pick: { by: 'command', command: { argv: ['x'] } }, ...patch }),
        context({ printed: [{ leader_of: null, text }] }),
      );
    const [, , , web2] = STACK as [InstanceRow, InstanceRow, InstanceRow, InstanceRow];

    for (const [what, text] of [
      ['a label', 'web-2\n'],
      ['a container name', 'shop-web-2'],
      ['an id', web2.id],
      ['the beginning of an id', web2.id.slice(0, 12)],
      ['the last word of many', 'the leader is\nweb-2\n\n'],
    ] as const) {
      it(`take ${what}`, () => expect(printed(text)).to.deep.equal([web2]));
    }

    it('take a service that has one instance', () =>
      expect(printed('cache').map(label)).to.deep.equal(['cache-1']));

    for (const [what, text, said] of [
      ['nothing', ' \n', 'printed nothing'],
      ['a service with several instances', 'web', 'more than one instance'],
      ['somebody else', 'etcd', '"etcd", which is no instance of the stack'],
      ['a piece of a name', 'hop-web-2', 'no instance of the stack'],
      ['too short a piece of an id', web2.id.slice(0, 11), 'no instance of the stack'],
    ] as const) {
      it(`refuse ${what}`, () => {
        const { code, message } = refusal(() => printed(text));
        expect(code).to.equal('no_target');
        expect(message)
          .to.include(said)
          .and.include('there are cache-1, grafana-1, web-1, web-2, web-3');
      });
    }

    it('take the leader of each service that was asked for, and none of another', () => {
      const led = (text: string, patch: Partial<Selector> = {}) =>
        select(
          STACK,
          selector({ pick: { by: 'leader' }, service: 'web', ...patch }),
          context({ printed: [{ leader_of: ['web'], text }] }),
        );
      expect(led('web-3').map(label)).to.deep.equal(['web-3']);
      const refused = (text: string, patch: Partial<Selector> = {}) =>
        refusal(() => led(text, patch)).message;
      expect(refused('cache-1')).to.equal(
        'The leader of web is cache-1, which is none of web-1, web-2, web-3.',
      );
      expect(refused('web-3', { service: 'web-1' })).to.equal(
        'The leader of web is web-3, which is none of web-1.',
      );
      expect(refused('web-3', { exclude: ['web-3'] })).to.include('is excluded: web-3');
      expect(refused('')).to.include('who leads web printed nothing');
      const { next } = refusal(() => led('web'));
      expect(next).to.include('name the instance');
    });

    it('stay within the service that was named', () => {
      expect(refusal(() => printed('cache-1', { service: 'web' })).code).to.equal('no_target');
    });
  });

  describe('refuse', () => {
    const held = new Map(STACK.map(({ id }, index) => [id, `f${index + 1}`]));
    for (const [what, code, message, next, rows, wanted, patch] of [
      [
        'a stack that has nothing',
        'stack_down',
        'No instance of shop exists',
        'docker compose up',
        [],
        {},
        {},
      ],
      [
        'what is protected',
        'protected',
        'protects grafana',
        '--overrule protected',
        STACK,
        { service: 'grafana' },
        { protect: ['grafana'] },
      ],
      [
        'a stack that is protected as a whole',
        'protected',
        'protects cache, grafana, web',
        '',
        STACK,
        {},
        { protect: ['web', 'cache', 'grafana'] },
      ],
      [
        'what is down',
        'no_target',
        'web-1 is exited',
        'docker compose up',
        [row('web', 1, { state: 'exited' })],
        { service: 'web' },
        {},
      ],
      [
        'what a fault holds',
        'already_faulted',
        'cache-1 is held by the live fault f1',
        'fault recover f1',
        STACK,
        { service: 'cache' },
        { held },
      ],
      [
        'what a fault holds down',
        'already_faulted',
        'live fault f1',
        'fault recover f1',
        [row('cache', 1, { state: 'exited' })],
        {},
        { held },
      ],
      [
        'what cannot be a target',
        'unsupported_target',
        'a swarm task',
        'another service',
        [row('web', 1, { untouchable: 'a swarm task' })],
        {},
        {},
      ],
      [
        'more than the blast radius',
        'blast_radius',
        '5 targets would exceed blast_radius.max_targets, which is 4',
        'fewer',
        STACK,
        { pick: ALL },
        { maxTargets: 4 },
      ],
      [
        'more than is left of the blast radius',
        'blast_radius',
        '1 target beside 2 that are broken already',
        'fault recover',
        STACK,
        { service: 'cache' },
        {
          maxTargets: 2,
          held: new Map([...held].slice(2, 4)),
          disturbed: new Map([...held].slice(2, 4)),
        },
      ],
    ] as [
      string,
      string,
      string,
      string,
      InstanceRow[],
      Partial<Selector>,
      Partial<SelectorContext>,
    ][]) {
      it(what, () => {
        const refused = refusal(() => select(rows, selector(wanted), context(patch)));
        expect(refused.code).to.equal(code);
        expect(refused.message).to.include(message);
        expect(refused.next).to.include(next);
      });
    }
  });
});

// Kind: what people copy from another tool, told as a name that nobody has.
describe('a name that no service has', () => {
  const rows = [
    row('web.api', 1, { name: 'shop-front', id: 'ab12cd34ef56'.padEnd(64, '0') }),
    row('store', 1),
    row('store', 2),
  ];
  const told = (service: string) => {
    const { message, next } = refusal(() => select(rows, selector({ service }), context()));
    return [message, next];
  };

  for (const [what, typed] of [
    ['the name of a container', 'shop-front'],
    ['the short id of a container', 'ab12cd34ef56'],
    ['the whole id of a container', 'ab12cd34ef56'.padEnd(64, '0')],
  ] as const)
    it(`is taken as ${what}, and so is what is left out`, () => {
      const taken = (patch: Partial<Selector>) =>
        select(
          rows,
          selector({ pick: ALL, overrule: ['last_healthy', 'max_unavailable'], ...patch }),
          context(),
        );
      expect(taken({ service: typed }).map(label)).to.deep.equal(['web.api-1']);
      expect(taken({ exclude: [typed] }).map(label)).to.deep.equal(['store-1', 'store-2']);
    });

  it('is a service before it is what the engine calls another one', () => {
    const named = [row('web', 1), row('api', 1, { name: 'web' })];
    expect(select(named, selector({ service: 'web' }), context()).map(label)).to.deep.equal([
      'web-1',
    ]);
  });

  it('is told as a pattern where it is one', () => {
    for (const typed of ['sto*', 're2:^store', '^store-[0-9]$', 'st.re\\d'])
      expect(told(typed)[1], typed).to.match(/is no pattern|Did you mean/);
    expect(told('re2:.*hello.*')[1]).to.equal(
      'A name is no pattern: write several with commas, or none for any.',
    );
  });

  it('is compared with services and instances otherwise; less than a short id is none', () => {
    expect(told('stor')).to.deep.equal([
      'No service is called "stor"; there are web.api, store.',
      'Did you mean `store`?',
    ]);
    expect(told('ab12cd')[1]).to.equal('Name one of them, or none for any.');
  });
});

// Kind: one advice for all that is not as it should be. `docker compose up` starts nothing that is paused.
describe('what does not run', () => {
  for (const [state, next] of [
    ['paused', 'Let it go on first, for example with `docker compose unpause`.'],
    ['restarting', 'Wait until it stays up; why it does not, its log says.'],
    ['exited', 'Start it first, for example with `docker compose up -d`.'],
    ['created', 'Start it first, for example with `docker compose up -d`.'],
  ] as const)
    it(`is told with the way back from ${state}`, () => {
      const rows = [row('web', 1, { state })];
      const refused = refusal(() => select(rows, selector({ service: 'web' }), context()));
      expect(refused).to.include({ code: 'no_target', next });
      expect(refused.message).to.equal(`No running instance matches: web-1 is ${state}.`);
    });
});
