/** What a run's schedules are to whoever scrapes it. Load and faults are scraped from real runs in `test/commands/metrics.test.ts`. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { EventBody } from '../../src/run/events.ts';
import { fold } from '../../src/run/fold.ts';
import type { Run } from '../../src/run/run.ts';
import { recordedInject } from '../../src/run/scheduled-inject.ts';
import { metricsOf } from '../../src/view/outlets/figures.ts';
import { renderPrometheus } from '../../src/view/outlets/prometheus.ts';
import { spec } from '../runner/scripts.ts';
import { event, injecting, recovered, STARTED } from '../story/things.ts';

const started: EventBody = {
  type: 'schedule.started',
  schedule: 's1',
  chapter: null,
  inject: recordedInject({ ...spec({ service: 'web' }), duration_ms: 20_000 }),
  every_ms: 60_000,
  jitter_ms: 0,
  for_ms: 1_800_000,
  ends_at: '2026-11-24T10:30:00.000Z',
  seed: 7,
  force: false,
};
const skipped: EventBody = {
  ...{ type: 'schedule.skipped', schedule: 's1', turn: 2 },
  ...{ code: 'last_healthy', message: 'web-1 is the last healthy instance of web.' },
};
const ended: EventBody = {
  ...{ type: 'schedule.ended', schedule: 's1', because: 'time', by: 'watchdog' },
};

function schedulesOf(...bodies: EventBody[]): string[] {
  const run = [STARTED, ...bodies]
    .map((body, index) => event(index + 1, body))
    .reduce<Run | null>(fold, null);
  const page = renderPrometheus(metricsOf(run, { whole: null, recent: null }));
  return page.split('\n').filter((line) => /^gameday_\w*schedule/.test(line));
}

describe('metrics of schedules', () => {
  it('count the turns of each, what came of them, and those that go on', () => {
    const turn = injecting(1, { seed: 7, schedule: 's1' });
    expect(schedulesOf()).to.deep.equal(['gameday_live_schedules 0']);
    const lines = [
      'gameday_schedule_turns_total{schedule="s1",kind="kill",result="injected"} 1',
      'gameday_schedule_turns_total{schedule="s1",kind="kill",result="skipped"} 1',
      'gameday_schedule_recoveries_total{schedule="s1",kind="kill"} 1',
    ];
    const events = [started, turn, recovered(1), skipped];
    expect(schedulesOf(...events)).to.deep.equal(['gameday_live_schedules 1', ...lines]);
    expect(schedulesOf(...events, ended)).to.deep.equal(['gameday_live_schedules 0', ...lines]);
  });
});
