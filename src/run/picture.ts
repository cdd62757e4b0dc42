/**
 * Everything that can be seen of a run at one moment, from what was read of its files. Pure: the same readings give the same
 * picture. What is not known is null, and never an empty list.
 */
import type { InstanceRow } from '../fault/instance.ts';
import {
  type ProbeNote,
  type ProbeSpan,
  type ProbeState,
  spansOf,
} from '../impact/probe-impact.ts';
import type { Window } from '../impact/windows.ts';
import { alertKey } from '../story/alert-spec.ts';
import { alertsOf } from '../story/hypothesis-spec.ts';
import type { Chapter, Story } from '../story/story.ts';
import { judgedIn } from './attempts.ts';
import { type Countdown, runningCountdown } from './countdown.ts';
import { type Environment, type LateEnvironment, wholeEnvironment } from './environment.ts';
import type { Event } from './events.ts';
import type { Halt } from './halt.ts';
import { type InstanceState, isFresh, type KnownStates } from './instance-states.ts';
import type { JudgedItem } from './judged-item.ts';
import { type ClusterLeader, type KnownLeaders, leadersAt } from './known-leaders.ts';
import type { Note } from './note.ts';
import type { Progress } from './progress.ts';
import { type Fault, liveFaults, type Run } from './run.ts';

/** So much of what was measured is shown. */
export const SHOWN_MS = 60_000;
/** A probe was told to stand so at this time, or it is not known any more. */
const PROBE_SILENT_MS = 5000;

/** What was read, and not yet put together. */
export interface Readings {
  /** Epoch milliseconds. */
  nowMs: number;
  run: Run | null;
  /** The newest events of the run, in their order. */
  events: readonly Event[];
  /** Null where no copy of it was kept. */
  story: { story: Story; path: string | null; digest: string } | null;
  /** Null where the run has no such file. */
  states: KnownStates | null;
  /** On the way through the last minute; those that are older are left out. */
  windows: readonly Window[];
  /** What people saw, in the order in which they wrote it. */
  notes: readonly Note[];
  /** Operations a second, or null. */
  baseline: number | null;
  probes: readonly ProbeNote[];
  /** Of the alerts that chapters expect; met: it fires. */
  alerts: readonly ProbeNote[];
  /** By chapter: its hypothesis as it is so far, while one of its faults is live. */
  expected: ReadonlyMap<string, readonly JudgedItem[]>;
  late: LateEnvironment | null;
  /** As it was written down last. */
  countdown: Countdown | null;
  /** As they were written down last. */
  leaders: KnownLeaders | null;
  holder: { pid: number; command: string; since: string } | null;
  /** Null where the run needs none. */
  watchdog: { state: 'running' | 'stopped' | 'gone'; pid: number | null } | null;
  progress: Progress | null;
  /** In force for all that is injected from this folder; null: nothing is halted. */
  halt: Halt | null;
}

export interface Picture {
  /** ISO. */
  at: string;
  run: Run | null;
  environment: Environment | null;
  /** Without what may sign somebody in; null: not known. */
  story: Readings['story'];
  chapters: PictureChapter[];
  /** Null: nobody has ever looked at them. */
  instances: PictureInstance[] | null;
  /** Of each cluster whose leader the story can be asked for; none where nobody has asked for a while. */
  leaders: readonly ClusterLeader[];
  /** Live ones, oldest first. */
  faults: Fault[];
  workload: PictureWorkload | null;
  probes: PictureProbe[];
  /** Those that chapters expect; met: it fires. */
  alerts: { alert: string; spans: ProbeSpan[] }[];
  /** Those that are judged, and those that are being checked. */
  hypotheses: PictureHypothesis[];
  events: readonly Event[];
  notes: readonly Note[];
  progress: Progress | null;
  /** Of whichever command holds the run. */
  countdown: Countdown | null;
  holder: Readings['holder'];
  watchdog: Readings['watchdog'];
  /** Also where no run is under way. */
  halt: Halt | null;
}

/** What the story's copy does not tell is null. */
export interface PictureChapter extends Pick<Chapter, 'id' | 'title'> {
  /** From 1. */
  number: number;
  /** Null where no story is known. */
  chapter: Chapter | null;
  phase: 'passed' | 'entering' | 'entered' | 'failed' | 'ahead';
}

export interface PictureHypothesis {
  chapter: string;
  /** False: one of its faults is live, and the items are as they are so far. */
  judged: boolean;
  items: readonly JudgedItem[];
}

export interface PictureInstance {
  instance: string;
  id: string;
  service: string;
  state: InstanceState['state'];
  health: InstanceRow['health'];
  /** ISO: since when it has been seen like this. */
  since: string;
  incarnation: string | null;
  /** Ids of the live faults on it, oldest first. */
  faults: string[];
  /** Somebody looks every second, so that it is so now; else it was so when somebody looked last. */
  fresh: boolean;
}

export interface PictureWorkload {
  kind: string;
  simulated: boolean;
  /** ISO. */
  started_at: string;
  /** Operations a second; null: none yet. */
  baseline: number | null;
  /** Of the last minute, oldest first; empty for one that is simulated. */
  windows: Window[];
}

export interface PictureProbe {
  probe: string;
  /** `unknown`: nobody looks, or the look could not be taken. */
  state: ProbeState;
  /** ISO; null: not known. */
  since: string | null;
  text: string;
}

export function pictureOf(readings: Readings): Picture {
  const { nowMs, run, events, notes, story, late, holder, watchdog, progress, halt } = readings;
  return {
    at: new Date(nowMs).toISOString(),
    run,
    environment: wholeEnvironment(run?.environment ?? null, late),
    story: run && story,
    chapters: run ? chaptersOf(run, story?.story ?? null) : [],
    instances: run && instancesOf(run, readings),
    leaders: run ? leadersAt(readings.leaders, nowMs) : [],
    faults: run ? liveFaults(run) : [],
    workload: run && workloadOf(run, readings),
    probes: run ? run.watched.map((probe) => probeOf(probe, readings)) : [],
    alerts: run ? alertLanes(readings) : [],
    hypotheses: run ? hypothesesOf(run, readings) : [],
    events: run ? events : [],
    notes: run ? notes : [],
    progress,
    countdown: run && runningCountdown(readings.countdown, holder, nowMs),
    holder,
    watchdog,
    halt,
  };
}

/** By the story's newest text, where it is known; the run finds its place in it by the chapter's id. */
function chaptersOf(run: Run, story: Story | null): PictureChapter[] {
  const chapters: readonly Pick<Chapter, 'id' | 'title'>[] = story?.chapters ?? run.story.chapters;
  const { position } = run;
  const found = chapters.findIndex(({ id }) => id === position.chapter);
  const at = found < 0 ? position.index : found;
  return chapters.map(({ id, title }, index) => ({
    id,
    title,
    number: index + 1,
    chapter: story?.chapters[index] ?? null,
    phase: index < at ? 'passed' : index > at ? 'ahead' : position.phase,
  }));
}

function alertLanes({ story, alerts, nowMs }: Readings): Picture['alerts'] {
  const expected = story?.story.chapters.flatMap(({ hypothesis }) => alertsOf(hypothesis)) ?? [];
  const keys = new Set(expected.map(alertKey));
  return [...keys].map((alert) => ({ alert, spans: spansOf(alerts, alert, nowMs) }));
}

function hypothesesOf(run: Run, { expected }: Readings): PictureHypothesis[] {
  const judged = judgedIn(run).map(([chapter, { items }]) => ({ chapter, judged: true, items }));
  const open = [...expected].filter(([chapter]) => !run.attempts[chapter]?.judged);
  return [...judged, ...open.map(([chapter, items]) => ({ chapter, judged: false, items }))];
}

/** One that is gone is left out, unless a live fault has hold of it. */
function instancesOf(run: Run, { states, nowMs }: Readings): PictureInstance[] | null {
  if (!states || states.at === null) return null;
  const faults = liveFaults(run);
  const fresh = isFresh(states, nowMs);
  const held = new Set(faults.flatMap(({ targets }) => targets.map(({ id }) => id)));
  return [...states.instances.values()]
    .filter(({ id, state }) => state !== 'gone' || held.has(id))
    .map(({ at, ...seen }) => ({
      ...seen,
      since: at,
      faults: faults
        .filter(({ targets }) => targets.some(({ id }) => id === seen.id))
        .map(({ id }) => id),
      fresh,
    }))
    .toSorted((a, b) => order(a, b));
}

function order(a: PictureInstance, b: PictureInstance): number {
  const numberOf = ({ instance, service }: PictureInstance) =>
    Number(instance.slice(service.length + 1));
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  return numberOf(a) - numberOf(b);
}

function workloadOf(run: Run, { windows, baseline, nowMs }: Readings): PictureWorkload | null {
  if (!run.workload) return null;
  const { kind, simulated, started_at } = run.workload;
  return {
    kind,
    simulated,
    started_at,
    baseline: simulated ? run.workload.baseline : baseline,
    windows: simulated ? [] : windows.filter(({ at }) => at > nowMs - SHOWN_MS && at <= nowMs),
  };
}

function probeOf(probe: string, { probes, nowMs }: Readings): PictureProbe {
  const span = spansOf(probes, probe, nowMs).at(-1);
  if (!span) return { probe, state: 'unknown', since: null, text: '' };
  const { state, from_ms, to_ms, text } = span;
  if (nowMs - to_ms > PROBE_SILENT_MS)
    return { probe, state: 'unknown', since: new Date(to_ms).toISOString(), text };
  return { probe, state, since: new Date(from_ms).toISOString(), text };
}
