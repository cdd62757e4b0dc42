/** What the commands of the topic `fault` hand back: the object for `--json` and the lines for a person. Pure. */
import { label } from '../fault/instance.ts';
import type { ImpactFigures } from '../impact/figures.ts';
import { probesSentence } from '../impact/probe-impact.ts';
import type { Abort } from '../run/aborts.ts';
import type { Drift } from '../run/drift.ts';
import type { ExplainedComparison } from '../run/explained.ts';
import { describeHalt, type Halt } from '../run/halt.ts';
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import { unguardedOf } from '../run/unguarded.ts';
import { formatDuration } from '../terms/duration.ts';
import { CODES } from '../terms/outcomes.ts';
import { comparisonJson, comparisonLines } from './container-results.ts';
import { hypothesesJson } from './hypothesis-results.ts';
import { impactJson, impactLines } from './impact.ts';
import type { Result } from './results.ts';
import { unfinishedLines, unfinishedStack } from './unfinished-stack.ts';

export function faultWords(fault: Fault): string {
  return `${fault.id}: ${fault.kind} ${fault.targets.map(label).join(', ')}`;
}

/** A fault as scripts see it; the recorded targets shortened to what identifies them. */
export function faultJson(fault: Fault): Record<string, unknown> {
  const {
    id,
    kind,
    phase,
    chapter,
    injecting_at,
    injected_at,
    deadline,
    recovered_at,
    outcome,
    reason,
    seed,
    probes,
    left,
  } = fault;
  const targets = fault.targets.map((target) => ({
    label: label(target),
    service: target.service,
    number: target.number,
    name: target.name,
    id: target.id,
  }));
  return {
    id,
    kind,
    phase,
    targets,
    left,
    chapter,
    injecting_at,
    injected_at,
    deadline,
    recovered_at,
    outcome,
    reason,
    seed,
    probes,
  };
}

/** `impact`: so far. */
export function injectedResult({
  run,
  fault,
  impact,
}: {
  run: Run;
  fault: Fault;
  impact: readonly ImpactFigures[];
}): Result {
  const names = fault.targets.map((target) => `${label(target)} (${target.name})`).join(', ');
  const limitMs =
    fault.deadline === null ? null : Date.parse(fault.deadline) - Date.parse(fault.injecting_at);
  const end =
    fault.phase === 'recovered'
      ? `Well again after ${formatDuration(Date.parse(fault.recovered_at ?? '') - Date.parse(fault.injecting_at))}: ${fault.reason}.`
      : limitMs === null
        ? 'Recover with `fault recover`.'
        : `Ends by itself after ${formatDuration(limitMs)}; \`fault recover\` ends it now.`;
  return {
    json: { run: run.id, fault: faultJson(fault), impact: impact.map(impactJson) },
    lines: [`${fault.id}: ${fault.words.done} ${names}. ${end}`, ...impactLines(impact)],
  };
}

export interface Listed {
  run: Run | null;
  faults: readonly Fault[];
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

export function haltLine(halt: Halt): string {
  return `${describeHalt(halt)}. Nothing is injected until \`fault resume\`.`;
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
function driftText(fault: Fault, { finding, text }: Drift): string {
  if (fault.phase === 'recovering' && (finding === 'restarted' || finding === 'undone'))
    return '    undone, but not verified yet';
  const isExpected = finding === 'replaced' || finding === 'missing';
  return text === '' ? '' : `    ${isExpected ? '' : 'drift: '}${text}`;
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

export function recoveredResult({
  run,
  faults,
  impact,
  isHeld,
}: {
  run: Run | null;
  isHeld: boolean;
  faults: readonly Fault[];
  impact: readonly ImpactFigures[];
}): Result {
  const unfinished = unfinishedStack(run, isHeld);
  const lines =
    faults.length > 0
      ? faults.map(
          (fault) =>
            `${fault.id} ${fault.outcome === 'closed' ? 'closed' : 'recovered'}: ${fault.reason}${probesWords(fault)}`,
        )
      : ['No fault is live: nothing to recover.'];
  return {
    json: {
      run: run?.id ?? null,
      faults: faults.map(faultJson),
      live_faults: run ? liveFaults(run).map(faultJson) : [],
      impact: impact.map(impactJson),
      hypotheses: hypothesesJson(run),
      unfinished,
    },
    // No fault, and nothing that this command ends; but a stack that is neither up nor down is not well.
    lines: [...lines, ...impactLines(impact), ...unfinishedLines(unfinished)],
  };
}

function probesWords({ probes }: Fault): string {
  const sentence = probesSentence(probes, true);
  return sentence === null ? '' : `; probes: ${sentence}`;
}

/** `f2, f1 aborted: errors 43% over the last 3s (abort_if: errors > 20% for 3s)` */
export function abortLine({ faults, measured, condition }: Abort): string {
  return `${faults.join(', ')} aborted: ${measured} (abort_if: ${condition})`;
}
