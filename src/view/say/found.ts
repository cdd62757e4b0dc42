/** What an action found out, in one line each. */
import { describeVerified } from '../../impact/verified.ts';
import type { Found, Notice, StoppedFound, WorkloadFound } from '../../run/found.ts';
import { formatDuration } from '../../terms/duration.ts';

export const UNKNOWN_WRITES =
  'what it wrote is not verified: the watchdog that knew what was acknowledged is gone';

export function sayFound(found: Found): string {
  switch (found.found) {
    case 'fault':
      return `${found.kind} ${found.targets.join(', ')}`;
    case 'recovered':
      return found.faults.length === 0
        ? 'no fault is live: nothing to recover'
        : `recovered ${found.faults.join(', ')}`;
    case 'workload':
      return sayWorkload(found);
    case 'workload_stopped':
      return sayStopped(found);
    case 'probe':
      return `${found.probe}: ${found.text}`;
    case 'noticed':
      return sayNoticed(found);
    case 'evidence':
      return found.faults.length === 0
        ? 'no fault so far: there is nothing to diagnose'
        : `evidence on ${found.faults.map(({ fault, targets }) => `${fault} (${targets.join(', ')})`).join(' and ')}`;
    case 'program':
      return `\`${found.command}\` done`;
    case 'waited':
      return `waited ${formatDuration(found.delay_ms)}`;
  }
}

function sayWorkload({ kind, simulated_ops_per_s, first }: WorkloadFound): string {
  if (kind === null) return 'the workload is running already';
  if (simulated_ops_per_s !== null)
    return `simulated workload: a curve of ${simulated_ops_per_s} ops/s, nothing is measured`;
  if (first === null)
    return `${kind} workload: running, but it has not reported enough yet to compare with`;
  const { ops_per_s, p99_ms, ok, failed, is_sick } = first;
  const p99 = p99_ms === null ? '' : `, p99 ${formatDuration(p99_ms)}`;
  const errors =
    failed === 0
      ? 'no errors'
      : `${failed} of ${ok + failed} failed${is_sick ? '; that is too sick for a baseline, and faults are refused until it is better' : ''}`;
  return `${kind} workload: ${ops_per_s} ops/s${p99}, ${errors}`;
}

function sayStopped({ reason, verified }: StoppedFound): string {
  if (reason === null) return 'no workload is running';
  const text = `workload stopped: ${reason}`;
  if (verified === null) return text;
  return `${text}; ${verified === 'unknown' ? UNKNOWN_WRITES : describeVerified(verified)}`;
}

const NOTICERS: Record<Notice['by'], string> = {
  engine: 'engine',
  health: 'health check',
  workload: 'workload',
  probe: 'probe',
};

type Noticed = Extract<Found, { found: 'noticed' }>;

function sayNoticed({ any_fault, within_ms, notices }: Noticed): string {
  if (!any_fault) return 'no fault is live: there is nothing to notice';
  const first = notices.find(({ simulated }) => !simulated);
  if (!first) return `nothing noticed within ${formatDuration(within_ms)}`;
  const who = `${NOTICERS[first.by]}${first.by === 'probe' ? ` ${first.target}` : ''}`;
  return `noticed after ${formatDuration(first.after_ms)}, first by the ${who}`;
}

/** Who noticed, and who has not, a line each. */
export function noticeLines({
  within_ms,
  notices,
  workload_noticed,
  quiet_probes,
}: Noticed): string[] {
  const lines = notices.map(sayNotice);
  if (workload_noticed === false)
    lines.push(`the workload has not noticed within ${formatDuration(within_ms)}`);
  return [
    ...lines,
    ...quiet_probes.map(({ probe, state }) => {
      if (state === null)
        return `the probe ${probe} is not looked at: the watchdog has not said how it stands`;
      return state === 'not_met'
        ? `the probe ${probe} was not met before the fault either`
        : `the probe ${probe} has not noticed`;
    }),
  ];
}

function sayNotice(notice: Notice): string {
  return `${whatHappened(notice)}, ${formatDuration(notice.after_ms)} after the fault`;
}

function whatHappened({ by, target, saw, exit_code, simulated }: Notice): string {
  switch (by) {
    case 'engine':
      if (saw === 'pause') return `the engine reports ${target} as paused`;
      return `the engine saw ${target} exit${exit_code == null ? '' : ` with code ${exit_code}`}`;
    case 'health':
      return `the health check of ${target} failed`;
    case 'workload':
      return simulated ? "the simulated workload's curve falls" : 'the workload noticed';
    case 'probe':
      return `the probe ${target} noticed`;
  }
}
