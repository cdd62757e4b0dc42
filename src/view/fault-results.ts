/** What the commands of the topic `fault` hand back: the object for `--json` and the lines for a person. Pure. */
import { label } from '../fault/instance.ts';
import type { ImpactFigures } from '../impact/figures.ts';
import { probesSentence } from '../impact/probe-impact.ts';
import type { Abort } from '../run/aborts.ts';
import { describeHalt, type Halt } from '../run/halt.ts';
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import { describeNext, type Schedule } from '../run/schedules.ts';
import { formatDuration } from '../terms/duration.ts';
import { hypothesesJson } from './hypothesis-results.ts';
import { impactJson, impactLines } from './impact.ts';
import type { Result } from './results.ts';
import { endedLine, scheduleJson, schedulesJson, scheduleWords } from './schedule-results.ts';
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
    schedule,
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
    schedule,
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
  nowMs,
}: {
  run: Run;
  fault: Fault;
  impact: readonly ImpactFigures[];
  /** Epoch milliseconds. */
  nowMs: number;
}): Result {
  const names = fault.targets.map((target) => `${label(target)} (${target.name})`).join(', ');
  const limitMs =
    fault.deadline === null ? null : Date.parse(fault.deadline) - Date.parse(fault.injecting_at);
  const schedule = run.schedules.find(({ id }) => id === fault.schedule) ?? null;
  const end =
    fault.phase === 'recovered'
      ? `Well again after ${formatDuration(Date.parse(fault.recovered_at ?? '') - Date.parse(fault.injecting_at))}: ${fault.reason}.`
      : limitMs === null
        ? 'Recover with `fault recover`.'
        : `Ends by itself after ${formatDuration(limitMs)}${schedule ? '.' : '; `fault recover` ends it now.'}`;
  const again = schedule
    ? [
        `${scheduleWords(schedule)}: ${describeNext(schedule, run, nowMs)}. \`fault list\` shows it, \`fault recover ${schedule.id}\` ends it.`,
      ]
    : [];
  return {
    json: {
      run: run.id,
      fault: faultJson(fault),
      schedule: schedule && scheduleJson(schedule),
      impact: impact.map(impactJson),
    },
    lines: [`${fault.id}: ${fault.words.done} ${names}. ${end}`, ...again, ...impactLines(impact)],
  };
}

export function haltLine(halt: Halt): string {
  return `${describeHalt(halt)}. Nothing is injected until \`fault resume\`.`;
}

export function recoveredResult({
  run,
  faults,
  schedules,
  verdicts,
  impact,
  isHeld,
}: {
  run: Run | null;
  isHeld: boolean;
  faults: readonly Fault[];
  /** Those that ended with it. */
  schedules: readonly Schedule[];
  /** By their ids. */
  verdicts: ReadonlyMap<string, string>;
  impact: readonly ImpactFigures[];
}): Result {
  const unfinished = unfinishedStack(run, isHeld);
  const lines =
    faults.length > 0
      ? faults.map(
          (fault) =>
            `${fault.id} ${fault.outcome === 'closed' ? 'closed' : 'recovered'}: ${fault.reason}${probesWords(fault)}`,
        )
      : [
          schedules.length > 0
            ? 'No fault is live between two turns.'
            : 'No fault is live: nothing to recover.',
        ];
  const ended = schedules.map((each) => endedLine(each, verdicts.get(each.id) ?? null));
  return {
    json: {
      run: run?.id ?? null,
      faults: faults.map(faultJson),
      schedules: schedulesJson(schedules, verdicts),
      live_faults: run ? liveFaults(run).map(faultJson) : [],
      impact: impact.map(impactJson),
      hypotheses: hypothesesJson(run),
      unfinished,
    },
    // No fault, and nothing that this command ends; but a stack that is neither up nor down is not well.
    lines: [...lines, ...ended, ...impactLines(impact), ...unfinishedLines(unfinished)],
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
