/**
 * One run as a report has it: what was expected and what was observed, chapter by chapter, each fault with its figures, the
 * measurement over time, and how far all of it can be trusted. Pure: the same readings give the same report. Its keys are API,
 * published in `gameday.report.schema.json`; what is not known is null.
 */
import type { ProbeNote, ProbeSpan } from '../../impact/probe-impact.ts';
import { spansOf } from '../../impact/probe-impact.ts';
import type { Series } from '../../impact/series.ts';
import type { Verified } from '../../impact/verified.ts';
import type { Window } from '../../impact/windows.ts';
import type { Story } from '../../story/story.ts';
import { type Environment, type LateEnvironment, wholeEnvironment } from '../environment.ts';
import type { Event } from '../events.ts';
import type { StateLine } from '../instance-states.ts';
import type { Note } from '../note.ts';
import { alertLanes, withResolutions } from './alerts.ts';
import { type Caveat, caveatsOf } from './caveats.ts';
import { chaptersOf, type ReportChapter } from './chapters.ts';
import { faultOf, type ReportFault } from './faults.ts';
import type { ReportItem } from './item.ts';
import { itemsOf } from './items.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import { measurementOf, type ReportWorkload } from './measurement.ts';
import { isOver, replayed } from './replayed.ts';
import { type ReportSchedule, scheduleOf } from './schedules.ts';
import { type ReportVerdict, verdictOf } from './verdict.ts';

/** To be raised with a change of the report that a reader of an older one would misread. */
export const REPORT_VERSION = 1;

/** Of the timeline; the oldest and the newest are kept. */
const MOST_EVENTS = 2000;

export interface ReportReadings {
  /** Epoch milliseconds. */
  nowMs: number;
  /** Version that makes the report. */
  gameday: string;
  /** All of the run. */
  events: readonly Event[];
  /** Null where no copy of it was kept. */
  story: Story | null;
  /** Somebody works on this run now. */
  isHeld: boolean;
  states: readonly StateLine[];
  /** In the order of their measurement; read once. */
  windows: Iterable<Window>;
  probeNotes: readonly ProbeNote[];
  /** Of the alerts that chapters expect; met: it fires. */
  alertNotes: readonly ProbeNote[];
  late: LateEnvironment | null;
  notes: readonly Note[];
  /** What is missing of the files, in words of those who read them. */
  warnings: readonly string[];
}

export interface Report {
  v: typeof REPORT_VERSION;
  /** ISO. */
  made_at: string;
  gameday: string;
  run: {
    id: string;
    /** Version that began it. */
    gameday: string;
    /** `over`: its last chapter was entered or it was ended, and nothing of it is live. */
    state: 'over' | 'under_way';
    started_at: string;
    /** Of its newest event. */
    ended_at: string;
    duration_ms: number;
    story: { name: string; path: string | null; digest: string };
    engine: { kind: string; project: string };
  };
  verdict: ReportVerdict;
  /** How far it can be trusted. */
  caveats: Caveat[];
  /** What people saw. */
  notes: Pick<Note, 'at' | 'author' | 'text' | 'chapter'>[];
  chapters: ReportChapter[];
  items: ReportItem[];
  faults: ReportFault[];
  /** Faults that came again and again, each with one sentence for all of them. */
  schedules: ReportSchedule[];
  workloads: ReportWorkload[];
  /** Null where nothing was measured. */
  series: Series | null;
  /** Null where nobody has looked at them. */
  instances: Lanes | null;
  probes: { probe: string; spans: ProbeSpan[] }[];
  /** Those that chapters expect; met: it fired. */
  alerts: { alert: string; spans: ProbeSpan[] }[];
  /** Of the writes that were read back last. */
  verified: Verified | null;
  timeline: { left_out: number; events: readonly Event[] };
  environment: Environment | null;
}

/** Throws RangeError where the events are no run. */
export function reportOf(readings: ReportReadings): Report {
  const { nowMs, events, story, states, probeNotes } = readings;
  const { run, faults, schedules } = replayed(events);
  const state = isOver(run, faults) ? 'over' : 'under_way';
  const endedAt = state === 'over' ? run.changed_at : new Date(nowMs).toISOString();
  const endMs = Date.parse(endedAt);
  const measured = measurementOf({ run, faults, events, nowMs, endMs }, readings.windows);
  const sources = {
    ...measured,
    faults,
    events,
    states,
    probeNotes,
    steadyState: story?.steady_state ?? null,
    nowMs,
  };
  const reported = faults.map((fault) => faultOf(fault, sources));
  const during = new Map(reported.map(({ id, impact }) => [id, impact?.steady_state ?? []]));
  const { alertNotes } = readings;
  const alerts = { run: { ...run, faults }, story, alertNotes, nowMs };
  const items = withResolutions(itemsOf({ events, faults, story, during }), alerts);
  return {
    v: REPORT_VERSION,
    made_at: new Date(nowMs).toISOString(),
    gameday: readings.gameday,
    run: {
      id: run.id,
      gameday: run.gameday,
      state,
      started_at: run.started_at,
      ended_at: run.changed_at,
      duration_ms: Math.max(0, Date.parse(run.changed_at) - Date.parse(run.started_at)),
      story: { name: run.story.name, path: run.story.path, digest: run.story.digest },
      engine: { kind: run.engine.kind, project: run.engine.project },
    },
    verdict: verdictOf(items, reported),
    caveats: caveatsOf({ run, faults, state }, measured, readings),
    notes: readings.notes.map(({ at, author, text, chapter }) => ({ at, author, text, chapter })),
    chapters: chaptersOf(run, story, events, endedAt),
    items,
    faults: reported,
    schedules: schedules.map((schedule) => scheduleOf(schedule, { faults: reported, events })),
    workloads: measured.workloads,
    series: measured.series,
    instances: lanesOf(states, endMs),
    probes: probeLanes(probeNotes, endMs),
    alerts: alertLanes(alerts, nowMs),
    verified: lastVerified(events),
    timeline: timelineOf(events),
    environment: wholeEnvironment(run.environment, readings.late),
  };
}

function probeLanes(notes: readonly ProbeNote[], toMs: number): Report['probes'] {
  const names = new Set(notes.flatMap((note) => ('probe' in note ? [note.probe] : [])));
  return [...names].map((probe) => ({ probe, spans: spansOf(notes, probe, toMs) }));
}

function lastVerified(events: readonly Event[]): Verified | null {
  const event = events.findLast(({ type }) => type === 'workload.verified');
  return event?.type === 'workload.verified' ? event.verified : null;
}

function timelineOf(events: readonly Event[]): Report['timeline'] {
  if (events.length <= MOST_EVENTS) return { left_out: 0, events };
  const half = MOST_EVENTS / 2;
  return {
    left_out: events.length - MOST_EVENTS,
    events: [...events.slice(0, half), ...events.slice(-half)],
  };
}
