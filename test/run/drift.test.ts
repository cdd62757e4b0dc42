import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { HEALTHS, type Instance, STATES } from '../../src/fault/instance.ts';
import { FAULT_KINDS, faultKind } from '../../src/fault/kinds/index.ts';
import { drift, type Finding, heldTargets, successorOf } from '../../src/run/drift.ts';
import type { Fault } from '../../src/run/run.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { fault, instance, row } from '../story/things.ts';

const LATER = '2026-11-24T10:05:00.000Z';
const target = instance('web', 1);
const kept = instance('web', 1, { restart_policy: { name: 'always', maximum_retry_count: 0 } });
const now = (patch: Partial<Instance>) => instance('web', 1, patch);
const exited = now({ state: 'exited', exit_code: 137, pid: null });
const successor = row('web', 1, { id: 'abcdef0123456789'.repeat(4), state: 'running' });

describe('drift', () => {
  for (const [what, journal, recorded, present, other, finding, text] of [
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
    it(`sees ${what}`, () => {
      const found = drift(fault({ ...journal, targets: [recorded] }), recorded, present, other);
      expect(found).to.include({ target: 'web-1', finding });
      expect(found.text).to.include(text);
      expect(found.text === '').to.equal(finding === 'in_force');
    });
  }

  it('finds something to say of every fault in every state', () => {
    const kinds = fc.constantFrom(...FAULT_KINDS.map(({ kind }) => kind));
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
    fc.assert(
      fc.property(kinds, phases, looks, (kind, phase, look) => {
        const { finding, text } = drift(fault({ kind, phase }), target, now(look), null);
        expect(text === '').to.equal(finding === 'in_force');
        // What is called untouched or undone runs; what is in force is no running target.
        if (['not_done', 'undone', 'restarted', 'revived'].includes(finding))
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

describe('held targets', () => {
  it('are those of live faults alone', () => {
    const faults = [
      fault({ id: 'f1', targets: [instance('web', 1), instance('web', 2)] }),
      fault({ id: 'f2', phase: 'recovered', targets: [instance('web', 3)] }),
      fault({ id: 'f3', phase: 'unverified', targets: [instance('store', 1)] }),
    ];
    expect(
      [...heldTargets(faults)].map(([id, by]) => `${id.replace(/-0*$/, '')} ${by}`),
    ).to.deep.equal(['web-1 f1', 'web-2 f1', 'store-1 f3']);
  });
});

describe('fault kinds', () => {
  it('lead from every state towards running, one operation at a time', () => {
    const after: Record<string, Instance['state']> = { start: 'running', unpause: 'running' };
    for (const kind of FAULT_KINDS) {
      for (const state of STATES) {
        const operation = kind.undo(now({ state }));
        if (operation === null) expect(state).to.be.oneOf(['running', 'restarting', 'removing']);
        else expect(after[operation], `${kind.kind} undoes ${state}`).to.equal('running');
      }
      expect(kind.inForce(now({ state: 'running' })), kind.kind).to.equal(false);
      expect(faultKind(kind.kind)).to.equal(kind);
      expect(kind.summary).to.match(/\S/);
    }
  });

  it('let only a crash end by itself, and only where a policy says so', () => {
    for (const kind of FAULT_KINDS) {
      expect(kind.endsByItself(target), kind.kind).to.equal(false);
      expect(kind.endsByItself(kept), kind.kind).to.equal(kind.kind === 'crash');
    }
  });

  it('refuse one that does not exist, with the nearest', () => {
    expect(() => faultKind('kil'))
      .to.throw(Refusal, 'There is no fault of kind "kil"; there are kill, stop, pause, crash.')
      .with.property('next', 'Did you mean `fault inject kill`?');
    expect(() => faultKind('earthquake'))
      .to.throw(Refusal)
      .with.property('next', 'fault kinds');
  });
});
