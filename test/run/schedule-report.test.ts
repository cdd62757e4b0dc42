/** One sentence for all turns of a schedule. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Event } from '../../src/run/events.ts';
import type { ReportFault } from '../../src/run/report/faults.ts';
import { scheduleOf } from '../../src/run/report/schedules.ts';
import type { Schedule } from '../../src/run/schedules.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 29, 10, 0, seconds)).toISOString();

const schedule = (patch: Partial<Schedule> = {}) =>
  ({
    id: 's1',
    inject: { kind: 'delay', duration_ms: 20_000 },
    started_at: at(0),
    ends_at: at(600),
    turns: 4,
    recovered: 3,
    ended: { at: at(300), because: 'time', by: 'watchdog' },
    ...patch,
  }) as Schedule;

const fault = (id: string, patch: object = {}) =>
  ({
    id,
    schedule: 's1',
    outcome: 'verified',
    injecting_at: at(0),
    noticed: { engine: null, health: 900, workload: 400 },
    probes: [],
    took_ms: 1200,
    impact: { operations_lost: 10, simulated: false },
    ...patch,
  }) as unknown as ReportFault;

const skip = {
  type: 'schedule.skipped',
  schedule: 's1',
  turn: 3,
  at: at(120),
  code: 'last_healthy',
  message: 'no',
};

describe('a schedule in the report', () => {
  it('has what all of its faults came to', () => {
    const faults = [
      fault('f1'),
      fault('f2', { noticed: { engine: null, health: null, workload: 3400 }, took_ms: 4100 }),
      fault('f3', { schedule: null, took_ms: 99_000 }),
      fault('f4', { impact: null, noticed: { engine: null, health: null, workload: null } }),
    ];
    const events = [skip, { ...skip, schedule: 's2' }] as Event[];
    expect(scheduleOf(schedule(), { faults, events })).to.deep.include({
      faults: ['f1', 'f2', 'f4'],
      skipped: [{ turn: 3, at: at(120), code: 'last_healthy', message: 'no' }],
      worst_detect_ms: 3400,
      unnoticed: 1,
      longest_recovery_ms: 4100,
      operations_lost: 20,
      sentence:
        's1: 3 × delay at 4 turns over 5m; all recovered, the slowest in 4.1s; 1 skipped; noticed after 3.4s at worst, 1 not at all; 20 operations lost in all.',
    });
  });

  it('says what is not known, and what is still to come', () => {
    const ongoing = schedule({ ended: null, turns: 1, recovered: 0 });
    const live = fault('f1', { outcome: null, took_ms: null, impact: null, injecting_at: at(90) });
    const unseen = { ...live, noticed: { engine: null, health: null, workload: null } };
    expect(scheduleOf(ongoing, { faults: [unseen], events: [] }).sentence).to.equal(
      's1: 1 × delay at 1 turn over 1m 30s so far; 0 of 1 recovered; nobody noticed any.',
    );
    expect(
      scheduleOf(schedule({ turns: 2 }), { faults: [], events: [skip as Event] }).sentence,
    ).to.equal('s1: 0 × delay at 2 turns over 5m; 1 skipped.');
  });
});
