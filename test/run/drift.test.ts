import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createLifecycle } from '../../src/engine/lifecycle.ts';
import { endsByItself, type LiveEffect } from '../../src/fault/effect.ts';
import { findKind, specOf } from '../../src/fault/fault-kind.ts';
import { HEALTHS, type Instance, type InstanceRow, STATES } from '../../src/fault/instance.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import { cutOff, drift, type Finding, fallen, sharers, successorOf } from '../../src/run/drift.ts';
import { disturbed, effectsOf, effectsOn, type Fault, type Run } from '../../src/run/run.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { AT, fault, instance, row } from '../story/things.ts';

const LIFECYCLE = OWN_KINDS.filter(
  (kind) => kind.family === 'lifecycle' && specOf(kind).effect.on === 'lifecycle',
);
const LATER = '2026-11-24T10:05:00.000Z';
const target = instance('web', 1);
const kept = instance('web', 1, { restarted_by: 'always' });
const now = (patch: Partial<Instance>) => instance('web', 1, patch);
const exited = now({ state: 'exited', exit_code: 137 });
const lifecycle = createLifecycle({
  inspect: async () => null,
  perform: async () => {},
  stopMs: () => 10_000,
});
/** What is found of a fault with this one target. */
const driftOf = async (of: Fault, present: Instance | null, other: InstanceRow | null = null) => {
  const [live] = effectsOf(of) as [LiveEffect];
  const reading = present && ((await lifecycle.read(present, [live]))[0] ?? null);
  return drift(of, live.target, { now: present, reading, successor: other }, Date.parse(LATER));
};
const successor = row('web', 1, { id: 'abcdef0123456789'.repeat(4), state: 'running' });

describe('drift', () => {
  for (const [what, journal, recorded, present, other, finding, text] of [
    ['a removal in force', { kind: 'remove' }, target, null, null, 'in_force', ''],
    ['a kill in force', { kind: 'kill' }, target, exited, null, 'in_force', ''],
    [
      'a stop in force',
      { kind: 'stop' },
      target,
      now({ state: 'exited', exit_code: 143 }),
      null,
      'in_force',
      '',
    ],
    ['a pause in force', { kind: 'pause' }, target, now({ state: 'paused' }), null, 'in_force', ''],
    [
      'a crash whose target is on its way back',
      { kind: 'crash' },
      kept,
      now({ state: 'restarting' }),
      null,
      'in_force',
      '',
    ],
    [
      'an intent that came to nothing',
      { kind: 'kill', phase: 'injecting' },
      target,
      now({}),
      null,
      'not_done',
      'web-1 is untouched',
    ],
    [
      'an intent that was carried out',
      { kind: 'kill', phase: 'injecting' },
      target,
      exited,
      null,
      'in_force',
      '',
    ],
    [
      'a restart by hand',
      { kind: 'kill' },
      target,
      now({ started_at: LATER }),
      null,
      'restarted',
      `somebody restarted web-1 at ${LATER}`,
    ],
    [
      'a restart by hand of what a policy guards',
      { kind: 'kill' },
      kept,
      now({ started_at: LATER }),
      null,
      'restarted',
      'somebody restarted',
    ],
    [
      'a restart policy',
      { kind: 'crash' },
      kept,
      now({ started_at: LATER }),
      null,
      'revived',
      'by its restart policy "always"',
    ],
    [
      'no restart policy',
      { kind: 'crash' },
      target,
      now({ started_at: LATER }),
      null,
      'restarted',
      'somebody restarted',
    ],
    [
      'a restart by the policy, of what ended by itself',
      { kind: 'kill' },
      kept,
      now({ started_at: LATER, restarted_by: 'always', restart_count: 1 }),
      null,
      'restarted',
      `web-1 ended, and its restart policy "always" started it again at ${LATER}`,
    ],
    [
      'a restart that ended again',
      { kind: 'kill' },
      target,
      now({ started_at: LATER, state: 'exited' }),
      null,
      'changed',
      'restarted and is exited now',
    ],
    [
      'an unpause by hand',
      { kind: 'pause' },
      target,
      now({}),
      null,
      'undone',
      'web-1 runs: somebody undid the fault',
    ],
    [
      'a pause that became an exit',
      { kind: 'pause' },
      target,
      exited,
      null,
      'changed',
      'web-1 is exited (exit code 137)',
    ],
    [
      'one that cannot be reached, and so does not say whether it was restarted',
      { kind: 'pause' },
      target,
      now({ state: 'unreachable', incarnation: null, started_at: null }),
      null,
      'changed',
      'web-1 is unreachable',
    ],
    [
      'a kill that became a pause',
      { kind: 'kill' },
      target,
      now({ state: 'paused' }),
      null,
      'changed',
      'web-1 is paused',
    ],
    [
      'a recreated target',
      { kind: 'kill' },
      target,
      null,
      successor,
      'recreated',
      'recreated as abcdef012345, which is running',
    ],
    [
      'a removed target',
      { kind: 'kill' },
      target,
      null,
      null,
      'removed',
      'was removed, and nothing has its place',
    ],
  ] as [
    string,
    Partial<Fault>,
    Instance,
    Instance | null,
    typeof successor | null,
    Finding,
    string,
  ][]) {
    it(`sees ${what}`, async () => {
      const found = await driftOf(fault({ ...journal, targets: [recorded] }), present, other);
      expect(found).to.include({ target: 'web-1', finding });
      expect(found.text).to.include(text);
      expect(found.text === '').to.equal(finding === 'in_force');
    });
  }

  it('calls nothing untouched or undone whose effect is gone because it is down', () => {
    const seen = { now: exited, reading: { state: 'absent' } as const, successor: null };
    for (const phase of ['injecting', 'injected', 'recovering'] as const)
      expect(drift(fault({ kind: 'dns', phase }), target, seen, Date.parse(LATER))).to.include({
        finding: 'changed',
        text: 'web-1 is exited (exit code 137)',
      });
  });

  it('finds something to say of every fault in every state', async () => {
    const kinds = fc.constantFrom(...LIFECYCLE.map(({ kind }) => kind));
    const phases = fc.constantFrom<Fault['phase'][]>(
      'injecting',
      'injected',
      'recovering',
      'unverified',
    );
    const looks = fc.record({
      state: fc.constantFrom(...STATES),
      health: fc.constantFrom(...HEALTHS),
      started_at: fc.constantFrom(target.started_at, LATER, null),
    });
    await fc.assert(
      fc.asyncProperty(kinds, phases, looks, async (kind, phase, look) => {
        const { finding, text } = await driftOf(fault({ kind, phase }), now(look));
        expect(text === '').to.equal(finding === 'in_force');
        // What is called untouched or undone runs; what is in force is no running target.
        if (['not_done', 'undone', 'recovering', 'restarted', 'revived'].includes(finding))
          expect(look.state).to.equal('running');
        if (finding === 'in_force') expect(look.state).to.not.equal('running');
      }),
    );
  });
});

describe('successors', () => {
  it('have the service and the number, another id, and nothing against them', () => {
    const rows = [
      row('web', 1),
      row('web', 2, { id: 'x2' }),
      row('store', 1, { id: 'x3' }),
      row('web', 1, { id: 'x4', untouchable: 'a one-off container' }),
    ];
    expect(successorOf(target, rows)).to.equal(null);
    const fresh = row('web', 1, { id: 'x5' });
    expect(successorOf(target, [...rows, fresh])).to.equal(fresh);
  });
});

describe("what an undo of ours has done is not somebody else's doing", () => {
  const LIMITED = { deadline: '2026-11-24T10:04:00.000Z' };
  for (const [what, patch] of [
    ['a recovery that is under way', { phase: 'recovering' }],
    ['a recovery that could not be verified', { phase: 'unverified' }],
    ['a limit that is over, whose end is not written down yet', LIMITED],
  ] as [string, Partial<Fault>][]) {
    it(what, async () => {
      const found = await driftOf(fault(patch), now({ started_at: LATER }));
      expect(found).to.include({ finding: 'recovering' });
      expect(found.text).not.to.include('somebody');
    });

    it(`${what}, of a workload of which some are on their way`, () => {
      const web = now({ number: 0, state: 'incomplete' });
      const seen = { now: web, reading: { state: 'absent' } as const, successor: null };
      const of = fault({ kind: 'scale', ...patch });
      const found = drift(of, web, seen, Date.parse('2026-11-24T10:05:00.000Z'));
      expect(found).to.include({ finding: 'recovering' });
      expect(found.text).to.equal('gameday has undone it; web is incomplete');
      const live = drift(fault({ kind: 'scale' }), web, seen, Date.parse(LATER));
      expect(live).to.include({ finding: 'changed', text: 'web is incomplete' });
    });
  }
});

describe('what has fallen with a target', () => {
  const before = ['web', 'store', 'cache'].map((service) => row(service, 1));
  const of = fault({ before });
  const rows = (patch: Record<string, Partial<InstanceRow> | null>) =>
    before.flatMap((was) => (patch[was.service] === null ? [] : { ...was, ...patch[was.service] }));
  const down = { state: 'exited' };

  it('ran before, does not run now, and is neither a target nor disturbed by another live fault', () => {
    expect(fallen(of, rows({ web: down }), new Map())).to.deep.equal([]);
    expect(fallen(of, rows({ store: down, cache: null }), new Map())).to.deep.equal([
      { service: 'store', target: 'store-1', state: 'exited' },
      { service: 'cache', target: 'cache-1', state: 'removed' },
    ]);
    const held = new Map([[row('store', 1).id, 'f2']]);
    expect(fallen(of, rows({ store: down }), held)).to.deep.equal([]);
    expect(fallen(of, rows({ store: null }), new Map(), new Set(['store']))).to.deep.equal([]);
  });

  it('is back when something else has its place and runs', () => {
    expect(
      fallen(of, [...rows({ store: null }), row('store', 1, { id: 'new' })], new Map()),
    ).to.deep.equal([]);
  });
});

// Kind: who did what is told by when it is looked at. An autoheal restarts what is down long before the limit.
describe('a limit that somebody cut short', () => {
  const LIMITED = { deadline: '2026-11-24T10:04:00.000Z' };
  for (const [what, patch, started_at, finding] of [
    ['a restart before it', LIMITED, '2026-11-24T10:01:00.000Z', 'cut_short'],
    ['a restart at it, which is ours', LIMITED, '2026-11-24T10:04:00.010Z', 'recovering'],
    ['clocks that differ a little', LIMITED, '2026-11-24T10:03:59.500Z', 'recovering'],
    ['no limit', {}, '2026-11-24T10:01:00.000Z', 'restarted'],
    [
      'a limit that is still to come',
      { deadline: '2026-11-24T11:00:00.000Z' },
      '2026-11-24T10:01:00.000Z',
      'restarted',
    ],
    [
      'an undo of ours that has begun',
      { ...LIMITED, phase: 'recovering' },
      '2026-11-24T10:01:00.000Z',
      'recovering',
    ],
  ] as [string, Partial<Fault>, string, Finding][])
    it(`${what}: ${finding}`, async () => {
      const found = await driftOf(fault(patch), now({ started_at, incarnation: started_at }));
      expect(found.finding).to.equal(finding);
      if (finding === 'cut_short') expect(found.text).to.match(/before the limit of the fault$/);
    });
});

// Kind: what runs is taken for what it was. A network ends with the life of its owner, and nobody moves to the next one.
describe('what has the network of a target', () => {
  const [FIRST, SECOND, THIRD] = ['10:00:01', '10:00:02', '10:00:03'].map(
    (time) => `2026-11-24T${time}.000Z`,
  ) as [string, string, string];
  const at = (service: string, started_at: string) => ({ ...instance(service, 1), started_at });
  const owner = at('web', FIRST);

  it('is asked for where it ran before and runs, and no other fault has hold of it', () => {
    const shares = { network_of: owner.id };
    const rows = [
      row('store', 1, shares),
      row('cache', 1, { ...shares, state: 'exited' }),
      row('tool', 1),
      row('late', 1, shares),
    ];
    const before = ['store', 'cache', 'tool'].map((service) => row(service, 1));
    const of = fault({ targets: [owner], before });
    const names = (held: Map<string, string>) =>
      sharers(of, rows, held).map((each) => each.row.service);
    expect(names(new Map())).to.deep.equal(['store']);
    expect(names(new Map([[row('store', 1).id, 'f2']]))).to.deep.equal([]);
  });

  for (const [what, now, its, isCut] of [
    ['was started before the owner was started again', THIRD, SECOND, true],
    ['was started in the very moment of the owner', THIRD, FIRST, true],
    ['has an owner that is gone', null, SECOND, true],
    ['was started again after the owner', SECOND, THIRD, false],
    ['has an owner that was never restarted', FIRST, SECOND, false],
    ['was cut off long before the fault', THIRD, '2026-11-24T09:00:00.000Z', false],
  ] as const)
    it(`is ${isCut ? '' : 'not '}cut off where it ${what}`, () => {
      const found = cutOff(owner, now === null ? null : at('web', now), at('store', its));
      expect(found?.target ?? null).to.equal(isCut ? 'store-1' : null);
      if (isCut) expect(found?.state).to.include('web-1');
    });
});

describe('effects on an instance', () => {
  const run = (...faults: Fault[]) => ({ faults }) as Run;

  it('disturb it as long as their fault is live', () => {
    const faults = [
      fault({ id: 'f1', targets: [instance('web', 1), instance('web', 2)] }),
      fault({ id: 'f2', phase: 'recovered', targets: [instance('web', 3)] }),
      fault({ id: 'f3', phase: 'unverified', targets: [instance('store', 1)] }),
    ];
    const names = (on: string | null) =>
      [...disturbed(run(...faults), on)].map(([id, by]) => `${id.replace(/-0*$/, '')} ${by}`);
    expect(names(null)).to.deep.equal(['web-1 f1', 'web-2 f1', 'store-1 f3']);
    expect(names('lifecycle')).to.deep.equal(names(null));
    expect(names('network')).to.deep.equal([]);
  });

  it('are meant to be in force until an undo has begun or their time is up', () => {
    const nowMs = Date.parse(LATER);
    const ids = (...faults: Fault[]) =>
      effectsOn(run(...faults), target.id, nowMs).map(({ fault: id }) => id);
    expect(ids(fault(), fault({ id: 'f2', phase: 'injecting' }))).to.deep.equal(['f1', 'f2']);
    for (const phase of ['recovering', 'unverified', 'recovered'] as const)
      expect(ids(fault({ phase }))).to.deep.equal([]);
    expect(ids(fault({ deadline: AT }))).to.deep.equal([]);
    expect(ids(fault({ targets: [instance('web', 2)] }))).to.deep.equal([]);
  });
});

describe('fault kinds', () => {
  it('have an effect that the ability knows, and is not in force on what runs', async () => {
    for (const kind of LIFECYCLE) {
      const live = { fault: 'f1', target, effect: specOf(kind).effect, deadline: null };
      expect(await lifecycle.read(now({}), [live]), kind.kind).to.have.nested.property(
        '[0].state',
        'absent',
      );
      expect(lifecycle.settleMs(target, live.effect)).to.be.above(
        kind.kind === 'stop' ? 10_000 : 0,
      );
      expect(findKind(OWN_KINDS, kind.kind)).to.equal(kind);
      expect(kind.summary).to.match(/\S/);
    }
  });

  it('let only a crash end by itself, and only where a policy says so', () => {
    for (const kind of OWN_KINDS) {
      const { effect } = specOf(kind);
      expect(endsByItself({ target, effect }), kind.kind).to.equal(false);
      expect(endsByItself({ target: kept, effect }), kind.kind).to.equal(kind.kind === 'crash');
    }
  });

  it('refuse one that does not exist, with the nearest', () => {
    expect(() => findKind(OWN_KINDS, 'kil'))
      .to.throw(Refusal, 'There is no fault of kind "kil"; there are kill, stop, pause, crash, ')
      .with.property('next', 'Did you mean `fault inject kill`?');
    expect(() => findKind(OWN_KINDS, 'earthquake'))
      .to.throw(Refusal)
      .with.property('next', 'fault kinds');
  });
});
