/** What is live, who guards it, and whether the workload is measured, as findings. Pure. */

import { label } from '../../fault/instance.ts';
import { endOf, lengthOf, unmeasured } from '../../impact/windows.ts';
import { type Fault, liveFaults, type Run } from '../../run/run.ts';
import { liveSchedules } from '../../run/schedules.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import { formatDuration } from '../../terms/duration.ts';
import { unfinishedStack } from '../../view/unfinished-stack.ts';
import type { FaultsFacts, RunFacts, WatchdogFacts, WorkloadFacts } from './facts.ts';
import { bytesWords } from './judge-state.ts';

/** A recovery takes a little; after this long, a fault whose time is up is overdue. */
const OVERDUE_MS = 10_000;
/** An event of the last moments may not have been read yet. */
const LATE_MS = 2000;
/** A window is cut four times a second, on a busy machine a little less often; a program's own report may take half a minute. */
const SILENT_MS = { command: 30_000, other: 3000 };

export function findInRun(
  { run, faults, watchdog, workload }: RunFacts,
  nowMs: number,
  isHeld: boolean,
): DoctorLine[] {
  const unfinished = unfinishedStack(run, isHeld);
  return [
    ...(unfinished ? [problem('stack', 'stack_unfinished', unfinished.text, unfinished.next)] : []),
    ...findFaults(run, faults, nowMs),
    ...findWatchdog(run, watchdog, nowMs),
    ...findWorkload(run, watchdog, workload, nowMs),
  ];
}

function findFaults(run: Run, { drifts, note }: FaultsFacts, nowMs: number): DoctorLine[] {
  const live = liveFaults(run);
  if (live.length === 0) return [ok('faults', 'none is live')];
  const found = live.map((fault) => {
    const drift = (drifts.get(fault.id) ?? [])
      .map(({ text }) => text)
      .filter((text) => text !== '');
    const what = `${fault.id}: ${fault.kind} ${fault.targets.map(label).join(', ')}`;
    const text = [
      `${what} has been live for ${formatDuration(Math.max(0, nowMs - Date.parse(fault.injecting_at)))}${dueWords(fault, nowMs)}`,
      ...drift,
    ].join('; ');
    const isOverdue = fault.deadline !== null && nowMs - Date.parse(fault.deadline) > OVERDUE_MS;
    if (fault.phase === 'unverified')
      return problem(
        'faults',
        'not_verified',
        `${text}; not verified: ${fault.reason}`,
        `fault recover ${fault.id}`,
      );
    if (isOverdue) return problem('faults', 'not_verified', text, `fault recover ${fault.id}`);
    return warning('faults', `${text}.`, `fault recover ${fault.id}`);
  });
  return note === null ? found : [...found, warning('faults', note, 'fault list')];
}

function dueWords({ deadline }: Fault, nowMs: number): string {
  if (deadline === null) return ', without a time limit';
  const leftMs = Date.parse(deadline) - nowMs;
  return leftMs > 0
    ? `, and ends by itself in ${formatDuration(leftMs)}`
    : `, and should have ended ${formatDuration(-leftMs)} ago`;
}

function findWatchdog(run: Run, look: WatchdogFacts, nowMs: number): DoctorLine[] {
  return [standing(run, look, nowMs), ...log(look)];
}

function standing(run: Run, { needed, state, status }: WatchdogFacts, nowMs: number): DoctorLine {
  const about = 'watchdog';
  const guarded = liveFaults(run).filter((fault) => fault.deadline !== null);
  const kept = [...liveSchedules(run), ...guarded].map(({ id }) => id);
  const guards = kept.length > 0 ? `guards ${kept.join(', ')}` : 'guards no fault';
  const measures =
    run.workload === null || run.workload.simulated
      ? 'measures nothing'
      : `measures the ${run.workload.kind} workload`;
  if (state === 'gone') {
    if (!needed)
      return ok(about, 'none is needed: no live fault has a time limit, and nothing is measured');
    if (kept.length === 0)
      return warning(
        about,
        `It is gone, so the ${run.workload?.kind} workload is not measured.`,
        'workload stop',
      );
    const text = `It is gone, so nothing recovers by itself: ${kept.join(', ')} would stay. The next command starts it again.`;
    return problem(about, 'watchdog_gone', text, 'fault recover');
  }
  const standby = status?.standby ? `standby pid ${status.standby}` : 'without a standby';
  const who = status ? `pid ${status.pid}, since ${status.since}, ${standby}` : 'it has only begun';
  if (state === 'stopped' && status) {
    const text = `It is stopped (pid ${status.pid}), so nothing recovers by itself, and a fault with a time limit is refused.`;
    return problem(
      about,
      'watchdog_silent',
      text,
      `Let it go on with \`kill -CONT ${status.pid}\`, or recover with \`fault recover\`.`,
    );
  }
  const seq = status?.seq ?? 0;
  if (needed && seq < run.seq && nowMs - Date.parse(run.changed_at) > LATE_MS) {
    const text = `It hangs (${who}): it has read the journal up to event ${seq} of ${run.seq}, so newer faults are not guarded.`;
    return problem(
      about,
      'watchdog_silent',
      text,
      `End it with \`kill ${status?.pid ?? 'PID'}\`; the next command starts another one.`,
    );
  }
  const upTo = `has read the journal up to event ${seq} of ${run.seq}`;
  return ok(
    about,
    needed
      ? `alive (${who}); ${guards}, ${measures}, ${upTo}`
      : `alive (${who}) with nothing to do; it ends by itself`,
  );
}

function log({ state, status, log: look }: WatchdogFacts): DoctorLine[] {
  if (look === null) return [];
  const { path, bytes, rotated_bytes, problem: last } = look;
  const size = `${path}, ${bytesWords(bytes)}${rotated_bytes === null ? '' : ` and ${bytesWords(rotated_bytes)} before it`}`;
  if (last === null) return [ok('watchdog log', `${size}, no problem in it`)];
  const text = `${size}; last problem at ${last.at}: ${last.text}`;
  const isOfThisOne = state !== 'gone' && status !== null && last.at >= status.since;
  return [isOfThisOne ? warning('watchdog log', text, 'fault list') : ok('watchdog log', text)];
}

function findWorkload(
  run: Run,
  watchdog: WatchdogFacts,
  { samples, bytes, windows, unreadable }: WorkloadFacts,
  nowMs: number,
): DoctorLine[] {
  const { workload } = run;
  const about = 'workload';
  if (workload === null) return [ok(about, 'none runs')];
  if (workload.simulated) return [ok(about, 'simulated: a curve, nothing is measured')];
  if (unreadable !== null)
    return [warning(about, `${workload.kind}: ${unreadable}.`, 'workload start')];
  const startedMs = Date.parse(workload.started_at);
  const last = windows.at(-1);
  const silentMs = nowMs - (last ? endOf(last) : startedMs);
  const file = `${samples}, ${bytesWords(bytes)}`;
  if (silentMs > (workload.kind === 'command' ? SILENT_MS.command : SILENT_MS.other)) {
    const next =
      watchdog.state === 'running'
        ? "Look at the last lines of the watchdog's log."
        : 'Any command that changes something starts the watchdog again.';
    return [
      warning(
        about,
        `${workload.kind}: no sample for ${formatDuration(silentMs)} (${file}); that time is a gap.`,
        next,
      ),
    ];
  }
  const first = windows[0];
  const missingMs = first && last ? unmeasured(windows, first.at, endOf(last)) : 0;
  const measured = `${workload.kind}: ${formatDuration(lengthOf(windows))} of the last minute measured (${file})`;
  if (missingMs > 0)
    return [
      warning(
        about,
        `${measured}; ${formatDuration(missingMs)} are a gap, shown as one and never as zero.`,
        'workload watch',
      ),
    ];
  return [ok(about, measured)];
}
