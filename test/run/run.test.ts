import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { guardedFaults, stillToAbort, untoldAbort } from '../../src/run/aborts.ts';
import { type Event, type EventBody, parseEvent } from '../../src/run/events.ts';
import { fold } from '../../src/run/fold.ts';
import {
  type FaultSelector,
  faultsMeant,
  faultsSince,
  isLive,
  isUnderWay,
  liveFaults,
  type Run,
} from '../../src/run/run.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { AT, event, fault, injecting, instance, recovered, STARTED } from '../story/things.ts';
import { histories } from './run-histories.ts';

const foldAll = (events: readonly Event[], from: Run | null = null) =>
  events.reduce<Run | null>(fold, from) as Run;

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}

const runOf = (...bodies: EventBody[]) =>
  foldAll([STARTED, ...bodies].map((body, index) => event(index + 1, body)));

describe('a run, folded from any history of commands and deaths', () => {
  it('knows what is live, where it stands and what still acts', () => {
    let longest = 0;
    fc.assert(
      fc.property(histories, ({ events, truth }) => {
        const run = foldAll(events);
        longest = Math.max(longest, events.length);
        expect(liveFaults(run).map(({ id }) => id)).to.deep.equal(truth.live);
        expect(run.fault_count).to.equal(truth.injected);
        expect(run.position).to.include({ index: truth.chapter, phase: truth.phase });
        expect(run.position.chapter).to.equal(run.story.chapters[truth.chapter]?.id ?? null);
        expect(run.workload !== null).to.equal(truth.workload);
        expect(run.verified).to.deep.equal(truth.verified);
        expect(run.stack_started).to.equal(truth.stack);
        expect(run.stack_change).to.equal(truth.stackChange);
        expect(run.finished_at !== null).to.equal(truth.finished);
        expect(run.seq).to.equal(events.length);
        const acts = truth.chapter >= 0 || truth.stack || truth.workload || truth.live.length > 0;
        expect(isUnderWay(run)).to.equal(acts && !truth.finished);
        for (const fault of run.faults)
          expect(isLive(fault)).to.equal(truth.live.includes(fault.id));
      }),
      { numRuns: 1000 },
    );
    expect(longest).to.be.above(40);
  });

  it('changes neither the run before nor the event', () => {
    fc.assert(
      fc.property(histories, ({ events }) => {
        let run: Run | null = null;
        for (const each of events) run = freeze(fold(run, freeze(each)));
      }),
    );
  });

  it('is the same through JSON, event by event, and from a snapshot at any point', () => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ events, truth: _ }, cut) => {
        const read = events.map((each) => {
          const parsed = parseEvent(JSON.parse(JSON.stringify(each)));
          expect(parsed).to.deep.equal({ event: each });
          return (parsed as { event: Event }).event;
        });
        const whole = foldAll(events);
        expect(foldAll(read)).to.deep.equal(whole);
        const at = (cut % events.length) + 1;
        const snapshot = JSON.parse(JSON.stringify(foldAll(events.slice(0, at)))) as Run;
        expect(foldAll(events.slice(at), snapshot)).to.deep.equal(whole);
      }),
    );
  });

  it('takes no event out of its order, and none that cannot follow', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: -3, max: 3 }), ({ events, truth }, shift) => {
        const run = foldAll(events);
        const next = run.seq + 1;
        expect(() => fold(run, event(next, STARTED))).to.throw(RangeError);
        if (shift !== 0)
          expect(() => fold(run, event(next + shift, { type: 'stack.started' }))).to.throw(
            RangeError,
            `event ${next + shift} after event ${run.seq}`,
          );
        const bodies: EventBody[] = [
          { type: 'fault.injected', fault: '', took_ms: 0, targets: [] },
          { type: 'fault.recovering', fault: '', by: 'command' },
          { type: 'fault.unverified', fault: '', reason: '' },
          recovered(0),
        ];
        for (const body of bodies) {
          for (const id of [
            'f0',
            `f${truth.injected + 1}`,
            ...run.faults.filter((fault) => !isLive(fault)).map((fault) => fault.id),
          ]) {
            expect(
              () => fold(run, event(next, { ...body, fault: id } as EventBody)),
              `${body.type} of ${id}`,
            ).to.throw(RangeError, `fault ${id} is not live`);
          }
          for (const id of truth.live)
            expect(fold(run, event(next, { ...body, fault: id } as EventBody)).seq).to.equal(next);
        }
      }),
    );
    for (const type of ['stack.started', 'run.finished'] as const)
      expect(() => fold(null, event(1, { type }))).to.throw(RangeError, 'before run.started');
  });
});

describe('a run', () => {
  it('does not grow with its history: only the newest of the recovered faults are kept, and every live one', () => {
    const rounds = Array.from({ length: 100 }, (_, index) => [
      injecting(index + 2),
      recovered(index + 2),
    ]).flat();
    const run = runOf(injecting(1), ...rounds);
    expect(run.faults.map(({ id }) => id)).to.deep.equal([
      'f1',
      ...Array.from({ length: 20 }, (_, index) => `f${82 + index}`),
    ]);
    expect(run.fault_count).to.equal(101);
    expect(liveFaults(run).map(({ id }) => id)).to.deep.equal(['f1']);
  });

  it('names the faults that are meant, newest first, and refuses what never was', () => {
    const run = runOf(injecting(1), injecting(2), injecting(3), recovered(2));
    const meant = (which: string) => faultsMeant(run, which).map(({ id }) => id);
    expect(meant('all')).to.deep.equal(['f3', 'f1']);
    expect(meant('f1')).to.deep.equal(['f1']);
    expect(meant('f2')).to.deep.equal([]);
    for (const id of ['f0', 'f4', '1', 'f', 'F1', 'f1 ', 'redis', '']) {
      expect(() => meant(id), id)
        .to.throw(Refusal, 'Live now: f3, f1.')
        .with.property('code', 'unknown_fault');
    }
    expect(() => faultsMeant(runOf(), 'f1')).to.throw(Refusal, 'No fault is live.');
  });

  it('are meant by several ids, by their kind, and by what they hit', () => {
    const run = runOf();
    run.fault_count = 3;
    run.faults = [
      fault({ id: 'f1', kind: 'pause', targets: [instance('web', 1), instance('db', 1)] }),
      fault({ id: 'f2', targets: [instance('web', 2)] }),
      fault({ id: 'f3', kind: 'pause', targets: [instance('cache', 1)] }),
    ];
    const meant = (patch: Partial<FaultSelector>) =>
      faultsMeant(run, { ids: [], kind: null, service: null, ...patch }).map(({ id }) => id);
    expect(meant({})).to.deep.equal(['f3', 'f2', 'f1']);
    expect(meant({ ids: ['f1', 'f3'] })).to.deep.equal(['f3', 'f1']);
    expect(meant({ kind: 'pause' })).to.deep.equal(['f3', 'f1']);
    expect(meant({ kind: 'pause', service: 'web' })).to.deep.equal(['f1']);
    expect(meant({ service: 'web-2' })).to.deep.equal(['f2']);
    expect(() => meant({ ids: ['f1', 'f9'] })).to.throw(Refusal, 'no fault "f9"');
    expect(() => meant({ kind: 'pasue' })).to.throw(
      Refusal,
      'No live fault matches. Live now: f3 (pause cache-1), f2 (kill web-2), f1 (pause web-1, db-1).',
    );
  });

  it('keeps of a fault what is needed to undo it, and when what happened', () => {
    const targets = [instance('web', 1, { state: 'exited', exit_code: 137 })];
    const steps: EventBody[] = [
      injecting(1),
      { type: 'fault.injected', fault: 'f1', took_ms: 3, targets },
      { type: 'fault.recovering', fault: 'f1', by: 'command' },
      { type: 'fault.unverified', fault: 'f1', reason: 'not well' },
      { type: 'fault.recovering', fault: 'f1', by: 'watchdog' },
      recovered(1),
    ];
    const phases = steps.map((_, index) => runOf(...steps.slice(0, index + 1)).faults[0]?.phase);
    expect(phases).to.deep.equal([
      'injecting',
      'injected',
      'recovering',
      'unverified',
      'recovering',
      'recovered',
    ]);
    const [fault] = runOf(...steps).faults;
    expect(fault?.targets, 'as it was before, not as the fault left it').to.deep.equal([
      instance('web', 1),
    ]);
    expect(fault).to.include({
      outcome: 'verified',
      recovered_at: AT,
      injected_at: AT,
    });
  });
});

describe('an event', () => {
  const good = event(1, STARTED);
  for (const [what, value, where] of [
    ['nothing', null, ''],
    ['a list', [], ''],
    ['no type', { ...good, type: undefined }, 'type'],
    ['a type of tomorrow', { ...good, type: 'run.paused' }, 'type'],
    ['no number', { ...good, seq: 'one' }, 'seq'],
    ['a fault without effects', { ...event(2, injecting(1)), effects: undefined }, 'effects'],
    [
      'an effect on nothing',
      { ...event(2, injecting(1)), effects: [{ effect: { on: 'lifecycle' } }] },
      'effects.0.target',
    ],
  ] as const) {
    it(`is none with ${what}, and says where`, () => {
      const parsed = parseEvent(value);
      expect(parsed).to.have.property('problem').that.matches(/\S/);
      expect((parsed as { problem: string }).problem).to.include(where);
    });
  }
});

describe('an abort', () => {
  const condition = { on: 'workload', text: 'errors > 20% for 3s', for_ms: 3000 } as const;
  const threshold = {
    measure: 'errors',
    text: '> 20%',
    operator: '>',
    value: 20,
    unit: '%',
  } as const;
  const guarded = (number: number): EventBody =>
    ({ ...injecting(number), abort_if: [{ ...condition, threshold }] }) as EventBody;
  const load = (simulated: boolean): EventBody => ({
    type: 'workload.started',
    kind: 'http',
    simulated,
    baseline: null,
  });
  const aborted = (by: 'command' | 'watchdog', ...faults: string[]): EventBody => ({
    type: 'run.aborted',
    condition: condition.text,
    measured: 'errors 43% over the last 3s',
    value: 43,
    faults,
    by,
  });
  const ids = (faults: { id: string }[]) => faults.map(({ id }) => id);

  it('is told once, and by the command that did it itself', () => {
    const run = runOf(load(false), guarded(1), aborted('watchdog', 'f1'));
    expect(untoldAbort(run)).to.include({
      condition: 'errors > 20% for 3s',
      value: 43,
      by: 'watchdog',
    });
    expect(
      untoldAbort(
        runOf(load(false), guarded(1), aborted('watchdog', 'f1'), { type: 'run.abort_told' }),
      ),
    ).to.equal(null);
    expect(untoldAbort(runOf(load(false), guarded(1), aborted('command', 'f1')))).to.equal(null);
    expect(untoldAbort(runOf({ type: 'run.abort_told' }))).to.equal(null);
  });

  it('is history when the next chapter begins, or the next fault', () => {
    const entering: EventBody = {
      type: 'chapter.entering',
      chapter: 'one',
      index: 0,
      cause: 'next',
    };
    for (const next of [
      entering,
      guarded(2),
      { type: 'chapter.left', chapter: 'one', index: 0, to: -1 } as const,
    ])
      expect(
        runOf(load(false), guarded(1), aborted('watchdog', 'f1'), next).aborted,
        next.type,
      ).to.equal(null);
  });

  it('keeps the run under way until it is told, and no longer', () => {
    const events = [injecting(1), aborted('watchdog', 'f1'), recovered(1)];
    expect(isUnderWay(runOf(...events))).to.equal(true);
    expect(isUnderWay(runOf(...events, { type: 'run.abort_told' }))).to.equal(false);
    expect(isUnderWay(runOf(...events, { type: 'run.finished' }))).to.equal(false);
  });

  it('is unfinished while one of its faults is live', () => {
    const events = [
      load(false),
      guarded(1),
      guarded(2),
      aborted('watchdog', 'f2', 'f1'),
      recovered(2),
    ];
    expect(ids(stillToAbort(runOf(...events)))).to.deep.equal(['f1']);
    expect(ids(stillToAbort(runOf(...events, recovered(1))))).to.deep.equal([]);
  });

  it('can come of faults that have a condition, under a load that is measured, unless they are being recovered', () => {
    const recovering: EventBody = { type: 'fault.recovering', fault: 'f1', by: 'command' };
    expect(ids(guardedFaults(runOf(load(false), guarded(1), injecting(2)), false))).to.deep.equal([
      'f1',
    ]);
    expect(guardedFaults(runOf(load(true), guarded(1)), false)).to.deep.equal([]);
    expect(guardedFaults(runOf(guarded(1)), false)).to.deep.equal([]);
    expect(guardedFaults(runOf(load(false), guarded(1), recovering), true)).to.deep.equal([]);
    expect(
      ids(guardedFaults(runOf(load(false), guarded(1), recovering), false)),
      'whoever recovered it is dead',
    ).to.deep.equal(['f1']);
    expect(
      guardedFaults(runOf(load(false), guarded(1), aborted('watchdog', 'f1')), false),
    ).to.deep.equal([]);
  });
});

describe('what a fault was felt by', () => {
  it('is the workload that ran when it was injected, also when that has ended', () => {
    const load: EventBody = {
      type: 'workload.started',
      kind: 'http',
      simulated: false,
      baseline: 50,
    };
    const run = runOf(load, injecting(1), { type: 'workload.stopped', reason: '' }, injecting(2));
    expect(run.faults.map(({ workload }) => workload)).to.deep.equal([
      { kind: 'http', simulated: false, baseline: 50, reference: null, started_at: AT },
      null,
    ]);
    expect(faultsSince(null, run).map(({ id }) => id)).to.deep.equal(['f1', 'f2']);
    const mended = runOf(load, injecting(1), recovered(1), injecting(2));
    const later = runOf(load, injecting(1), recovered(1), injecting(2), recovered(2), injecting(3));
    expect(faultsSince(mended, later).map(({ id }) => id)).to.deep.equal(['f2', 'f3']);
  });
});
