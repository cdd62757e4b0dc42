/**
 * A report as a journal of Chaos Toolkit (https://chaostoolkit.org/reference/api/journal/), as its own reporting tools read it:
 * faults and looks are the run, recoveries the rollbacks. Pure.
 */
import type { Event } from '../../run/events.ts';
import type { ReportFault } from '../../run/report/faults.ts';
import type { Report } from '../../run/report/report.ts';
import type { Host } from '../spelling.ts';
import { faultWords, verdictSentence } from './words.ts';

/** Of the library whose journal this is like: readers choose their template by it. */
const CHAOSLIB_VERSION = '1.44.0';

type Json = Record<string, unknown>;
/** Of one activity: what it was, when, and what came of it. `activity` and `start` are in each. */
type Done = Json & { activity: Json; start: string };

/** One thing that was looked at. */
interface Look {
  name: string;
  wanted: string;
  /** Null: it could not be measured. */
  met: boolean | null;
  measured: number | null;
  unit: string | null;
  text: string;
}

/** `events`: all of the run; the timeline of a report leaves some out. */
export function chaosToolkitJournal(report: Report, events: readonly Event[], host: Host): Json {
  const { run, verdict, environment, faults, chapters } = report;
  const looks = ownProvider(host, ['chapter', 'next']);
  const states = events.flatMap((event) => stateOf(event, looks));
  const before = states.find(({ when }) => when === 'before') ?? null;
  const after = states.findLast(({ when }) => when === 'after') ?? null;
  const done = [
    ...faults.map((fault) => injection(fault, host)),
    ...events.flatMap((event) => looksOf(event, looks)),
  ].toSorted((a, b) => a.start.localeCompare(b.start));
  const rollbacks = faults.flatMap((fault) => recovery(fault, host) ?? []);
  const narration = chapters.map((chapter) => chapter.narration).filter(Boolean);
  const probes = unique(states.flatMap(({ state }) => state.probes));
  return {
    'chaoslib-version': CHAOSLIB_VERSION,
    platform: environment?.platform ?? 'unknown',
    node: environment?.host ?? 'unknown',
    experiment: {
      version: '1.0.0',
      title: run.story.name,
      description: [verdictSentence(report), ...narration].join('\n\n'),
      tags: ['gameday', run.engine.kind],
      ...(probes.length > 0 && {
        'steady-state-hypothesis': { title: `${run.story.name} is well`, probes },
      }),
      method: done.map(({ activity }) => activity),
      rollbacks: rollbacks.map(({ activity }) => activity),
    },
    start: run.started_at,
    status: statusOf(report),
    deviated: verdict.state === 'deviated',
    steady_states: {
      before: before?.state ?? null,
      after: after?.state ?? null,
      during: states.filter((each) => each !== before && each !== after).map(({ state }) => state),
    },
    run: done,
    rollbacks,
    end: run.ended_at,
    duration: run.duration_ms / 1000,
  };
}

function statusOf({ caveats, run, chapters }: Report): string {
  const has = (...kinds: string[]) => caveats.some(({ caveat }) => kinds.includes(caveat));
  if (has('aborted', 'halted')) return 'aborted';
  if (run.state === 'under_way') return 'interrupted';
  return chapters.some(({ phase }) => phase === 'failed') ? 'failed' : 'completed';
}

function stateOf(event: Event, provider: Json) {
  if (event.type !== 'steady_state.checked') return [];
  const probes = event.items.map(({ kind, ...item }) => {
    const isUntold = kind === 'threshold' && item.measured === null;
    return look({ ...item, met: isUntold ? null : item.met }, event.at, provider);
  });
  const steady_state_met = event.items.every(({ met }) => met);
  return [{ when: event.when, state: { steady_state_met, probes } }];
}

/** What a chapter looked at, and what it had expected. */
function looksOf(event: Event, provider: Json): Done[] {
  if (event.type === 'hypothesis.checked')
    return event.items.map(({ state, ...item }) => {
      const met = state === 'not_measured' ? null : state === 'met';
      return look({ ...item, met }, event.at, provider);
    });
  if (event.type === 'chapter.failed') {
    const activity = { type: 'action', name: `chapter ${event.chapter}`, provider };
    return [done(activity, event.at, event.at, event.message)];
  }
  if (event.type !== 'action.done' || event.found?.found !== 'probe') return [];
  const { probe: name, text } = event.found as unknown as { probe: string; text: string };
  const nothing = { wanted: '', measured: null, unit: null };
  return [look({ ...nothing, name, met: true, text }, event.at, provider)];
}

function look({ name, wanted, met, measured, unit, text }: Look, at: string, provider: Json): Done {
  const activity = {
    type: 'probe',
    name: `${name} ${wanted}`.trim(),
    tolerance: { type: 'jsonpath', path: '$.met', expect: [true] },
    provider,
  };
  const why = met === null ? text : null;
  const made = done(activity, at, at, why, { met, measured, unit, text });
  return { ...made, tolerance_met: met === true };
}

function injection(fault: ReportFault, host: Host): Done {
  const { kind, targets, injecting_at, injected_at, outcome, reason, impact, id } = fault;
  const labels = targets.map(({ label }) => label);
  const words = ['fault', 'inject', kind, ...labels] as const;
  const happened = injected_at !== null && outcome !== 'never_happened';
  const why = happened ? null : (reason ?? 'nobody knows whether it happened');
  const { sentence = null, operations_lost = null } = impact ?? {};
  return done(
    { type: 'action', name: faultWords(fault), provider: ownProvider(host, words) },
    injecting_at,
    injected_at ?? injecting_at,
    why,
    { fault: id, targets: labels, impact: sentence, operations_lost },
  );
}

/** Null: it is live, and nobody has tried. */
function recovery(fault: ReportFault, host: Host): Done | null {
  const { id, recovering_at, recovered_at, outcome, reason } = fault;
  const start = recovering_at ?? recovered_at;
  if (start === null) return null;
  const isWell = outcome === 'verified' || outcome === 'never_happened';
  const provider = ownProvider(host, ['fault', 'recover', id]);
  return done(
    { type: 'action', name: `recover ${id}: ${faultWords(fault)}`, provider },
    start,
    recovered_at ?? start,
    isWell ? null : (reason ?? 'not verified'),
    reason,
  );
}

/** `why`: it failed; null: it did not. */
function done(
  activity: Json,
  start: string,
  end: string,
  why: string | null,
  output: unknown = null,
): Done {
  const duration = Math.max(0, Date.parse(end) - Date.parse(start)) / 1000;
  const status = why === null ? 'succeeded' : 'failed';
  const failure = why === null ? {} : { exception: [why] };
  return { activity, output, start, status, ...failure, end, duration };
}

function ownProvider({ bin, separator }: Host, [topic, verb, ...more]: readonly string[]): Json {
  const command = separator === ' ' ? [topic, verb] : [`${topic}${separator}${verb}`];
  return { type: 'process', path: bin, arguments: [...command, ...more] };
}

function unique(probes: readonly Done[]): Json[] {
  return [...new Map(probes.map(({ activity }) => [activity.name, activity])).values()];
}
