/** A run with a load, a fault and a recovery, as its files have it: made by hand, so that every figure of its report is known. */
import type { Event, EventBody } from '../../src/run/events.ts';
import type { ReportReadings } from '../../src/run/report/report.ts';
import { defaultStory } from '../../src/story/default-story.ts';
import type { Story } from '../../src/story/story.ts';
import { START, series as windowsBy } from '../impact/windows-made.ts';
import { instance } from '../story/things.ts';

export const at = (ms: number) => new Date(START + ms).toISOString();

/** Numbers the events; each has its time in ms since the start. */
export function journal(
  ...bodies: [atMs: number, body: EventBody | Record<string, unknown>][]
): Event[] {
  return bodies.map(([atMs, body], index) => {
    return { v: 2, seq: index + 1, at: at(atMs), ...body } as Event;
  });
}

const CHAPTERS = ['welcome', 'fault', 'end'].map((id) => ({ id, title: `Chapter ${id}` }));

export const STARTED: EventBody = {
  type: 'run.started',
  run: 'r1',
  gameday: '0.1.0',
  story: { name: 'shop', path: null, digest: 'd', chapters: CHAPTERS },
  engine: { kind: 'process', project: 'shop', spec: null, identity: null },
};

export const entering = (index: number, cause: 'next' | 'retry' = 'next'): EventBody => {
  return { type: 'chapter.entering', chapter: CHAPTERS[index]?.id ?? '', index, cause };
};
export const entered = (index: number): EventBody => {
  return { type: 'chapter.entered', chapter: CHAPTERS[index]?.id ?? '', index };
};
export const injecting: EventBody = {
  type: 'fault.injecting',
  fault: 'f1',
  kind: 'kill',
  params: {},
  effects: [{ target: instance('web', 1), effect: { on: 'lifecycle', to: 'killed' } }],
  words: { doing: 'killing', done: 'killed', undo: 'restart' },
  before: [],
  engine_time: at(0),
  deadline: null,
  chapter: 'fault',
  seed: 7,
};
export const injected: EventBody = {
  type: 'fault.injected',
  fault: 'f1',
  took_ms: 10,
  targets: [],
};
export const recovering: EventBody = { type: 'fault.recovering', fault: 'f1', by: 'command' };
export const recovered: EventBody = {
  type: 'fault.recovered',
  fault: 'f1',
  outcome: 'verified',
  reason: 'web-1 started, healthy',
  took_ms: 900,
};
export const loaded: EventBody = {
  type: 'workload.started',
  kind: 'http',
  simulated: false,
  baseline: null,
};
export const checked = (
  when: 'before' | 'during' | 'after',
  errors: number | null,
  met: boolean,
): EventBody => ({
  type: 'steady_state.checked',
  when,
  fault: 'f1',
  items: [
    {
      kind: 'threshold',
      name: 'errors',
      wanted: '<= 5%',
      met,
      measured: errors,
      unit: '%',
      text: `errors ${errors}% (wanted: <= 5%)`,
    },
  ],
});

export const STORY: Story = {
  ...defaultStory({ name: 'shop', engine: 'process' }),
  steady_state: {
    thresholds: [{ measure: 'errors', text: '<= 5%', operator: '<=', value: 5, unit: '%' }],
    objective: null,
    recover_within_ms: 30_000,
    probes: [],
  },
  chapters: CHAPTERS.map(({ id, title }) => ({
    id,
    title,
    narration: `Narration of ${id}.`,
    notes: '',
    hypothesis: [],
    on_deviation: 'stop',
    on_enter: [],
    auto_advance: false,
    blocks_advance: false,
  })),
};

/** A minute: killed at 20 s, undone at 30 s, proven at 34 s. `errorsDuring`: in %, as the journal has it. */
export const whole = (errorsDuring = 33): Event[] =>
  journal(
    [0, STARTED],
    [100, entering(0)],
    [200, loaded],
    [1000, entered(0)],
    [19_000, entering(1)],
    [19_900, checked('before', 0, true)],
    [19_990, injecting],
    [20_000, injected],
    [20_100, entered(1)],
    [30_000, recovering],
    [33_900, checked('during', errorsDuring, errorsDuring <= 5)],
    [33_950, checked('after', 0, true)],
    [34_000, recovered],
    [40_000, entering(2)],
    [60_000, { type: 'workload.stopped', reason: 'the story is over' }],
    [60_100, entered(2)],
  );

/** A hundred operations a window; a third of them refused while the fault is live. */
export const windows = windowsBy(240, (index) => {
  const isHit = index >= 80 && index < 120;
  return isHit ? { ok: 67, refused: 33 } : { ok: 100 };
});

export function readings(more: Partial<ReportReadings> = {}): ReportReadings {
  return {
    nowMs: START + 90_000,
    gameday: '0.1.0',
    events: whole(),
    story: STORY,
    isHeld: false,
    states: [],
    windows,
    probeNotes: [],
    alertNotes: [],
    late: null,
    notes: [],
    warnings: [],
    ...more,
  };
}

/** A load of so many hours with a fault every ten minutes, each as that of `whole`. */
export function longJournal(hours: number): Event[] {
  const ofFault = whole().filter(({ type }) => /^(fault|steady_state)/.test(type));
  return journal(
    [0, STARTED],
    [200, loaded],
    ...Array.from({ length: hours * 6 }, (_, index) => index).flatMap((index) =>
      ofFault.map(({ v: _v, seq: _s, at, ...body }): [number, Record<string, unknown>] => {
        const atMs = Date.parse(at) - START + index * 600_000;
        return [atMs, { ...body, fault: `f${index + 1}` }];
      }),
    ),
  );
}

/** For formats that are made of the report alone. */
export const NO_RECORDS = { events: [], windows: () => [] };
