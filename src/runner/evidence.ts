/**
 * What can be found out about live faults: who noticed them and when, and the state of what was hit.
 * Looks only; log lines are shown and never recorded, since they may hold secrets.
 */

import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import { type ProbeImpact, probesSentence } from '../impact/probe-impact.ts';
import { type Fault, liveFaults } from '../run/run.ts';
import type { InjectSpec } from '../story/story.ts';
import { formatDuration } from '../terms/duration.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { checkProbes } from './probe.ts';

const LOG_LINES = 5;
const LOOK_EVERY_MS = 100;
const PICK_TIMEOUT_MS = 30_000;

export interface Findings {
  text: string;
  data: unknown;
}

interface Notice {
  by: 'engine' | 'health' | 'workload' | 'probe';
  /** Label of an instance, name of a probe, or `workload`. */
  target: string;
  after_ms: number;
  text: string;
  /** Shown and kept, but it proves nothing: nobody noticed anything then. */
  simulated: boolean;
}

const NOTICERS: Record<Notice['by'], string> = {
  engine: 'engine',
  health: 'health check',
  workload: 'workload',
  probe: 'probe',
};

/** Waits until everyone who can notice the live faults has, at most `withinMs`. */
export async function* detect(
  ports: RunnerPorts,
  withinMs: number,
  step: string,
  signal: AbortSignal,
): Stream<Findings> {
  const faults = liveFaults(currentRun(ports));
  if (faults.length === 0)
    return { text: 'no fault is live: there is nothing to notice', data: [] };
  const end = ports.elapsed() + withinMs;
  const noticed = new Map<string, Notice>();
  for (;;) {
    for (const fault of faults)
      for (const notice of await noticesOf(ports, fault, signal))
        noticed.set(`${fault.id} ${notice.by} ${notice.target}`, notice);
    const impact = await Promise.all(faults.map((fault) => ports.measure.impact(fault)));
    const probes = await Promise.all(faults.map((fault) => ports.measure.probes(fault)));
    const waitsForProbes = probes.some((each) => !each.all_looked);
    const waitsForWorkload = impact.some((each) => each && each.noticed_after_ms === null);
    const notices = [...noticed.values()].toSorted((a, b) => a.after_ms - b.after_ms);
    const first = notices.find((notice) => !notice.simulated);
    if ((first && !waitsForWorkload && !waitsForProbes) || ports.elapsed() >= end) {
      const lines = notices.map((notice) => notice.text);
      if (waitsForWorkload)
        lines.push(`the workload has not noticed within ${formatDuration(withinMs)}`);
      lines.push(...unnoticed(probes.flatMap(({ impact }) => impact)));
      yield { type: 'lines', step, lines };
      const text = first
        ? `noticed after ${formatDuration(first.after_ms)}, first by the ${NOTICERS[first.by]}${first.by === 'probe' ? ` ${first.target}` : ''}`
        : `nothing noticed within ${formatDuration(withinMs)}`;
      return { text, data: notices };
    }
    yield { type: 'step.tick', step, text: `watching: ${notices.length} noticed so far` };
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

async function noticesOf(ports: RunnerPorts, fault: Fault, signal: AbortSignal): Promise<Notice[]> {
  const notices: Notice[] = [];
  const sinceFault = (iso: string | null) =>
    iso === null ? null : Math.max(0, Date.parse(iso) - Date.parse(fault.engine_time));
  const add = (
    by: Notice['by'],
    target: string,
    afterMs: number,
    what: string,
    simulated = false,
  ) =>
    notices.push({
      by,
      target,
      after_ms: afterMs,
      text: `${what}, ${formatDuration(afterMs)} after the fault`,
      simulated,
    });
  const hit = await Promise.all(
    fault.targets.map((target) => ports.engine.inspect(target.id, signal)),
  );
  for (const now of hit) {
    if (!now) continue;
    const name = label(now);
    const afterExit =
      now.state === 'running' || now.state === 'paused' ? null : sinceFault(now.finished_at);
    if (afterExit !== null)
      add(
        'engine',
        name,
        afterExit,
        `the engine saw ${name} exit${now.exit_code === null ? '' : ` with code ${now.exit_code}`}`,
      );
    if (now.state === 'paused') add('engine', name, 0, `the engine reports ${name} as paused`);
  }
  // Neighbours may fall ill because of it: every instance whose check failed first after the fault counts.
  const ill = (await ports.engine.list(signal)).filter((row) => row.health === 'unhealthy');
  for (const row of ill) {
    const after = sinceFault((await ports.engine.inspect(row.id, signal))?.unhealthy_since ?? null);
    if (after) add('health', label(row), after, `the health check of ${label(row)} failed`);
  }
  const impact = await ports.measure.impact(fault);
  if (impact?.noticed_after_ms != null) {
    const what = impact.simulated ? "the simulated workload's curve falls" : 'the workload noticed';
    add('workload', 'workload', impact.noticed_after_ms, what, impact.simulated);
  }
  for (const { probe, noticed_after_ms } of (await ports.measure.probes(fault)).impact)
    if (noticed_after_ms !== null)
      add('probe', probe, noticed_after_ms, `the probe ${probe} noticed`);
  return notices;
}

/** Probes that nobody can say of whether they would have noticed, and those that have not. */
function unnoticed(impact: readonly ProbeImpact[]): string[] {
  const quiet = impact.filter((each) => each.noticed_after_ms === null);
  return quiet.map(({ probe, state }) => {
    if (state === null)
      return `the probe ${probe} is not looked at: the watchdog has not said how it stands`;
    return state === 'not_met'
      ? `the probe ${probe} was not met before the fault either`
      : `the probe ${probe} has not noticed`;
  });
}

/** The evidence on the live faults, or on the last one when none is live. */
export async function* diagnose(
  ports: RunnerPorts,
  step: string,
  signal: AbortSignal,
): Stream<Findings> {
  const run = currentRun(ports);
  const live = liveFaults(run);
  const faults = live.length > 0 ? live : run.faults.slice(-1);
  if (faults.length === 0)
    return { text: 'no fault so far: there is nothing to diagnose', data: [] };
  const data: unknown[] = [];
  for (const fault of faults) {
    for (const target of fault.targets) {
      const now = await ports.engine.inspect(target.id, signal);
      const logs = now ? await ports.engine.logs(now.id, LOG_LINES) : [];
      yield {
        type: 'lines',
        step,
        lines: [evidenceLine(fault, target, now), ...logs.map((line) => `  | ${line}`)],
      };
      data.push({ fault: fault.id, target: label(target), now: now && pickEvidence(now) });
    }
    const impact = await ports.measure.impact(fault);
    if (impact)
      yield {
        type: 'lines',
        step,
        lines: [impact.text, ...impact.during.map(({ text }) => `during the fault: ${text}`)],
      };
    const probes = (await ports.measure.probes(fault)).impact;
    const seen = probesSentence(probes, fault.phase === 'recovered');
    if (seen) yield { type: 'lines', step, lines: [`probes: ${seen}`] };
    if (seen) data.push({ fault: fault.id, probes });
    const leader = await pickedNow(ports, fault, signal);
    if (leader) yield { type: 'lines', step, lines: [leader] };
  }
  const checks = [
    ...(await ports.measure.checkSteadyState()),
    ...(await checkProbes(ports, signal, false)),
  ];
  if (checks.length > 0)
    yield {
      type: 'lines',
      step,
      lines: checks.map((check) => `steady state ${check.met ? 'met' : 'not met'}: ${check.text}`),
    };
  const others = (await ports.engine.list(signal)).filter(
    (row) => !faults.some((fault) => fault.targets.some((target) => target.id === row.id)),
  );
  yield { type: 'lines', step, lines: [othersLine(others)] };
  return {
    text: `evidence on ${faults.map((fault) => `${fault.id} (${fault.targets.map(label).join(', ')})`).join(' and ')}`,
    data,
  };
}

function pickEvidence(now: Instance) {
  const { state, health, exit_code, oom_killed, restart_count, started_at, finished_at } = now;
  return { state, health, exit_code, oom_killed, restart_count, started_at, finished_at };
}

function evidenceLine(fault: Fault, target: Instance, now: Instance | null): string {
  if (!now) return `${label(target)} (${fault.kind}): the container no longer exists`;
  const exit = now.exit_code === null ? '' : `, exit code ${now.exit_code}`;
  return `${label(target)} (${fault.kind}): ${now.state}${exit}, OOM-killed: ${now.oom_killed ? 'yes' : 'no'}, restarts: ${now.restart_count}, health: ${now.health}`;
}

function othersLine(others: InstanceRow[]): string {
  const sick = others.filter((row) => row.state !== 'running' || row.health === 'unhealthy');
  if (sick.length === 0) return `the other ${others.length} instance(s) run`;
  return `of the other ${others.length} instance(s), ${sick.map((row) => `${label(row)} is ${row.state === 'running' ? row.health : row.state}`).join(', ')}`;
}

/** Whom the story's pick command names by now: on a cluster, who leads after the fault. */
async function pickedNow(
  ports: RunnerPorts,
  fault: Fault,
  signal: AbortSignal,
): Promise<string | null> {
  const actions =
    ports.story.chapters.find((chapter) => chapter.id === fault.chapter)?.on_enter ?? [];
  const spec = actions
    .map((action) => (action.do === 'inject' ? action.inject : null))
    .find((each): each is InjectSpec => each?.pick.by === 'command');
  if (spec?.pick.by !== 'command') return null;
  const result = await ports.engine.run(spec.pick.command, { timeout_ms: PICK_TIMEOUT_MS, signal });
  const word = result.stdout.trim().split(/\s+/).at(-1);
  return result.exit_code === 0 && word
    ? `the story's pick command names ${word} now`
    : `the story's pick command fails now (exit code ${result.exit_code})`;
}
