/** What `fault list` hands back: the object for `--json` and the lines for a person. Pure. */
import type { ImpactFigures } from '../impact/figures.ts';
import type { Drift } from '../run/drift.ts';
import type { ExplainedComparison } from '../run/explained.ts';
import type { Halt } from '../run/halt.ts';
import type { Fault, Run } from '../run/run.ts';
import type { Schedule } from '../run/schedules.ts';
import { unguardedOf } from '../run/unguarded.ts';
import { formatDuration } from '../terms/duration.ts';
import { CODES } from '../terms/outcomes.ts';
import { comparisonJson, comparisonLines } from './container-results.ts';
import { abortLine, faultJson, faultWords, haltLine } from './fault-results.ts';
import { impactJson } from './impact.ts';
import type { Result } from './results.ts';
import { scheduleLines, schedulesJson } from './schedule-results.ts';
import { unfinishedLines, unfinishedStack } from './unfinished-stack.ts';

export interface Listed {
  run: Run | null;
  faults: readonly Fault[];
  /** Those that go on; where all was asked for, also those that have ended. */
  schedules: readonly Schedule[];
  /** By the id of one that has ended. */
  verdicts: ReadonlyMap<string, string>;
  /** By fault id; empty where the engine was not asked. */
  drifts: ReadonlyMap<string, Drift[]>;
  /** Why it was not. */
  engineNote: string | null;
  impact: readonly ImpactFigures[];
  watchdog: { state: 'running' | 'stopped' | 'gone'; pid: number | null } | null;
  /** A command holds the run. */
  isHeld: boolean;
  /** Somebody halted. */
  halt: Halt | null;
  /** Epoch milliseconds. */
  nowMs: number;
}

/** `compared`: every container of the stack with how it was made; null: that was not asked for. `byExit`: the exit code tells of faults that nobody ends in time. */
export function faultListResult(
  listed: Listed,
  compared: ExplainedComparison | null = null,
  byExit = false,
): Result {
  const { run, faults, drifts, engineNote, impact, watchdog } = listed;
  const impactOf = (fault: Fault) => impact.find(({ figures }) => figures.fault === fault.id);
  const aborted = run?.aborted ?? null;
  const unfinished = unfinishedStack(run, listed.isHeld);
  const { unguarded, overdue } = unguardedOf(faults, watchdog?.state ?? null, listed.nowMs);
  const json = {
    run: run?.id ?? null,
    faults: faults.map((fault) => {
      const report = impactOf(fault);
      return {
        ...faultJson(fault),
        drift: drifts.get(fault.id) ?? null,
        impact: report ? impactJson(report) : null,
      };
    }),
    schedules: schedulesJson(listed.schedules, listed.verdicts),
    engine: engineNote,
    aborted,
    watchdog: watchdog?.state ?? null,
    unguarded,
    overdue,
    unfinished,
    halted: listed.halt,
    containers: compared && comparisonJson(compared),
  };
  const lines = faults.flatMap((fault) => {
    const report = impactOf(fault);
    return [
      ...faultLines(fault, drifts.get(fault.id) ?? [], listed.nowMs),
      ...(report ? [`    impact: ${report.figures.sentence}`] : []),
    ];
  });
  return {
    json,
    lines: [
      ...(faults.length === 0 ? ['No fault is live.'] : lines),
      ...listed.schedules.flatMap((schedule) => [
        ...(run ? scheduleLines(schedule, run, listed.nowMs) : []),
        ...(listed.verdicts.has(schedule.id) ? [`    ${listed.verdicts.get(schedule.id)}`] : []),
      ]),
      ...(listed.halt ? [haltLine(listed.halt)] : []),
      ...(aborted ? [abortLine(aborted)] : []),
      ...(engineNote && faults.length > 0 ? [engineNote] : []),
      ...unfinishedLines(unfinished),
      ...watchdogLines(watchdog),
      ...(overdue.length > 0 ? [`Past its limit, and not recovered: ${overdue.join(', ')}.`] : []),
      ...(compared ? comparisonLines(compared) : []),
    ],
    ...(byExit && unguarded.length + overdue.length > 0 && { exit: CODES.unguarded.exit }),
  };
}

function faultLines(fault: Fault, drifts: readonly Drift[], nowMs: number): string[] {
  const state =
    fault.phase === 'recovered'
      ? `${fault.outcome === 'closed' ? 'closed by hand' : `recovered (${fault.outcome})`}: ${fault.reason}`
      : liveWords(fault, nowMs);
  const texts = drifts.map((each) => driftText(fault, each)).filter((text) => text !== '');
  return [`${faultWords(fault)}  ${state}`, ...texts];
}

function watchdogLines(watchdog: Listed['watchdog']): string[] {
  if (watchdog?.state === 'gone')
    return [
      'The watchdog of this run is gone, so nothing recovers by itself; `fault recover` recovers at once.',
    ];
  if (watchdog?.state !== 'stopped') return [];
  return [
    `The watchdog of this run (pid ${watchdog.pid}) is stopped, so nothing recovers by itself; \`kill -CONT ${watchdog.pid}\` lets it go on, and \`fault recover\` recovers at once.`,
  ];
}

/** While a recovery is under way, or where one was cut off, an undo is most likely its own; empty where nothing differs. */
function driftText(fault: Fault, { finding, text, note }: Drift): string {
  if (fault.phase === 'recovering' && (finding === 'restarted' || finding === 'undone'))
    return '    undone, but not verified yet';
  const isExpected = finding === 'replaced' || finding === 'missing';
  if (text === '') return note === undefined ? '' : `    ${note}`;
  return `    ${isExpected ? '' : 'drift: '}${text}`;
}

/** `injected, live for 12s, due to recover by itself in 18s`; an unverified one says why it is. */
function liveWords(fault: Fault, nowMs: number): string {
  const since = formatDuration(Math.max(0, nowMs - Date.parse(fault.injecting_at)));
  const dueMs = fault.deadline === null ? null : Date.parse(fault.deadline) - nowMs;
  const due =
    dueMs === null
      ? ''
      : `, due to recover by itself ${dueMs > 0 ? `in ${formatDuration(dueMs)}` : `${formatDuration(-dueMs)} ago`}`;
  return `${fault.phase}, live for ${since}${due}${fault.phase === 'unverified' && fault.reason ? `: ${fault.reason}` : ''}`;
}
