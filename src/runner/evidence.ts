/**
 * What can be found out about live faults: who noticed them and when, and the state of what was hit.
 * Looks only; log lines are shown and never recorded, since they may hold secrets.
 */

import { candidates } from '../fault/candidates.ts';
import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import { probesSentence } from '../impact/probe-impact.ts';
import type { Found, Notice } from '../run/found.ts';
import type { Evidence, Progress, StepId } from '../run/progress.ts';
import { type Fault, liveFaults } from '../run/run.ts';
import type { Action, InjectSpec } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import { askPick, runPick } from './pick.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { checkProbes } from './probe.ts';

const LOG_LINES = 5;
const LOOK_EVERY_MS = 100;

type Noticed = Extract<Found, { found: 'noticed' }>;

/** Waits until everyone who can notice the live faults has, at most as long as the action says. */
export async function* detect(
  ports: RunnerPorts,
  action: Extract<Action, { do: 'detect' }>,
  step: StepId,
  signal: AbortSignal,
): Stream<Noticed> {
  const faults = liveFaults(currentRun(ports));
  const { within_ms } = action;
  if (faults.length === 0)
    return {
      found: 'noticed',
      within_ms,
      any_fault: false,
      notices: [],
      workload_noticed: null,
      quiet_probes: [],
    };
  const end = ports.elapsed() + within_ms;
  const seen = new Map<string, Notice>();
  for (;;) {
    for (const fault of faults)
      for (const notice of await noticesOf(ports, fault, signal))
        seen.set(`${fault.id} ${notice.by} ${notice.target}`, notice);
    const impact = await Promise.all(faults.map((fault) => ports.measure.impact(fault)));
    const probes = await Promise.all(faults.map((fault) => ports.measure.probes(fault)));
    const waitsForProbes = probes.some((each) => !each.all_looked);
    const measured = impact.filter((each) => each !== null);
    const waitsForWorkload = measured.some((each) => each.noticed_after_ms === null);
    const notices = [...seen.values()].toSorted((a, b) => a.after_ms - b.after_ms);
    const isProven = notices.some((notice) => !notice.simulated);
    if ((isProven && !waitsForWorkload && !waitsForProbes) || ports.elapsed() >= end) {
      const found: Noticed = {
        found: 'noticed',
        within_ms,
        any_fault: true,
        notices,
        workload_noticed: measured.length === 0 ? null : !waitsForWorkload,
        quiet_probes: probes
          .flatMap((each) => each.impact)
          .filter((each) => each.noticed_after_ms === null)
          .map(({ probe, state }) => ({ probe, state })),
      };
      yield evidence(step, { about: 'notices', found });
      return found;
    }
    yield {
      type: 'step',
      id: step,
      phase: 'running',
      doing: { do: 'action', action, now: { now: 'noticing', count: notices.length } },
    };
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

async function noticesOf(ports: RunnerPorts, fault: Fault, signal: AbortSignal): Promise<Notice[]> {
  const notices: Notice[] = [];
  const sinceFault = (iso: string | null) =>
    iso === null ? null : Math.max(0, Date.parse(iso) - Date.parse(fault.engine_time));
  const add = (notice: Omit<Notice, 'simulated'>, simulated = false) =>
    notices.push({ ...notice, simulated });
  const hit = await Promise.all(fault.targets.map((target) => leftOf(ports, target, signal)));
  for (const now of hit) {
    if (!now) continue;
    const target = label(now);
    const isUp = now.state === 'running' || now.state === 'paused';
    const after_ms = isUp ? null : sinceFault(now.finished_at);
    if (after_ms !== null)
      add({ by: 'engine', target, after_ms, saw: 'exit', exit_code: now.exit_code });
    if (now.state === 'paused') add({ by: 'engine', target, after_ms: 0, saw: 'pause' });
  }
  // Neighbours may fall ill because of it: every instance whose check failed first after the fault counts.
  const ill = (await ports.engine.list(signal)).filter((row) => row.health === 'unhealthy');
  for (const row of ill) {
    const after_ms = sinceFault(
      (await ports.engine.inspect(row.id, signal))?.unhealthy_since ?? null,
    );
    if (after_ms) add({ by: 'health', target: label(row), after_ms });
  }
  const impact = await ports.measure.impact(fault);
  if (impact?.noticed_after_ms != null)
    add(
      { by: 'workload', target: 'workload', after_ms: impact.noticed_after_ms },
      impact.simulated,
    );
  for (const { probe, noticed_after_ms } of (await ports.measure.probes(fault)).impact)
    if (noticed_after_ms !== null) add({ by: 'probe', target: probe, after_ms: noticed_after_ms });
  return notices;
}

/** The evidence on the live faults, or on the last one when none is live. */
export async function* diagnose(
  ports: RunnerPorts,
  step: StepId,
  signal: AbortSignal,
): Stream<Found> {
  const run = currentRun(ports);
  const live = liveFaults(run);
  const faults = live.length > 0 ? live : run.faults.slice(-1);
  if (faults.length === 0) return { found: 'evidence', faults: [], data: [] };
  const data: unknown[] = [];
  for (const fault of faults) {
    yield* targetsOf(ports, fault, step, data, signal);
    const impact = await ports.measure.impact(fault);
    if (impact) {
      const { text, during } = impact;
      yield evidence(step, { about: 'impact', text, during: during.map((each) => each.text) });
    }
    const probes = (await ports.measure.probes(fault)).impact;
    const seen = probesSentence(probes, fault.phase === 'recovered');
    if (seen) yield evidence(step, { about: 'probes', text: seen });
    if (seen) data.push({ fault: fault.id, probes });
    const pick = await pickedNow(ports, fault, signal);
    if (pick) yield evidence(step, pick);
  }
  const checks = [
    ...(await ports.measure.checkSteadyState()),
    ...(await checkProbes(ports, signal, false)),
  ].map(({ met, text }) => ({ met, text }));
  if (checks.length > 0) yield evidence(step, { about: 'steady_state', checks });
  const others = (await ports.engine.list(signal)).filter(
    (row) => !faults.some((fault) => fault.targets.some((target) => target.id === row.id)),
  );
  yield evidence(step, othersAmong(others));
  return {
    found: 'evidence',
    faults: faults.map(({ id, targets }) => ({ fault: id, targets: targets.map(label) })),
    data,
  };
}

async function* targetsOf(
  ports: RunnerPorts,
  fault: Fault,
  step: StepId,
  data: unknown[],
  signal: AbortSignal,
): Stream<void> {
  for (const target of fault.targets) {
    const now = await leftOf(ports, target, signal);
    const logs = now ? await ports.engine.logs(now.id, LOG_LINES) : [];
    yield evidence(step, {
      about: 'target',
      target: label(target),
      kind: fault.kind,
      now: now && pickEvidence(now),
      logs,
    });
    data.push({ fault: fault.id, target: label(target), now: now && pickEvidence(now) });
  }
}

/** The target as it is, or how it ended where another has its place; null: nothing of it is left. */
async function leftOf(
  { engine }: RunnerPorts,
  { id }: Instance,
  signal: AbortSignal,
): Promise<Instance | null> {
  return (await engine.inspect(id, signal)) ?? (await engine.remains?.(id, signal)) ?? null;
}

function evidence(id: StepId, evidence: Evidence): Progress {
  return { type: 'evidence', id, evidence };
}

function pickEvidence(now: Instance) {
  const { state, health, exit_code, oom_killed, restart_count, started_at, finished_at } = now;
  return { state, health, exit_code, oom_killed, restart_count, started_at, finished_at };
}

function othersAmong(others: InstanceRow[]): Evidence {
  const unwell = others
    .filter((row) => row.state !== 'running' || row.health === 'unhealthy')
    .map((row) => ({ target: label(row), is: row.state === 'running' ? row.health : row.state }));
  return { about: 'others', of: others.length, unwell };
}

/** Whom the story's pick command names by now, and who leads: on a cluster, who took over after the fault. */
async function pickedNow(
  ports: RunnerPorts,
  fault: Fault,
  signal: AbortSignal,
): Promise<Evidence | null> {
  const actions =
    ports.story.chapters.find((chapter) => chapter.id === fault.chapter)?.on_enter ?? [];
  const spec = actions
    .map((action) => (action.do === 'inject' ? action.inject : null))
    .find((each): each is InjectSpec => each?.pick.by === 'command' || each?.pick.by === 'leader');
  if (spec?.pick.by === 'leader') return leadsNow(ports, spec, signal);
  if (spec?.pick.by !== 'command') return null;
  const { exit_code, stdout } = await runPick(ports, spec.pick.command, signal);
  const named = exit_code === 0 ? stdout.trim().split(/\s+/).at(-1) : null;
  return { about: 'pick', named: named || null, exit_code };
}

async function leadsNow(
  ports: RunnerPorts,
  spec: InjectSpec,
  signal: AbortSignal,
): Promise<Evidence> {
  try {
    const rows = await ports.engine.list(signal);
    const leaders = candidates(rows, spec, await askPick(ports, spec, rows, signal));
    return { about: 'leader', named: leaders.map(label), why: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { about: 'leader', named: [], why: error.message };
  }
}
