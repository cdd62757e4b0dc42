/**
 * Breaking something: countdown, second look, intent, deed, fact, in this order and no other.
 * Until the intent is on disk nothing has been touched and everything can be cancelled; from then on the deed is
 * carried through, whatever signal comes, so that the journal can say what became of it.
 */

import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import { type FaultKind, faultKind } from '../fault/kinds/index.ts';
import { select } from '../fault/selectors.ts';
import { drift, heldTargets } from '../run/drift.ts';
import { type Fault, isProbed, liveFaults } from '../run/run.ts';
import type { InjectSpec } from '../story/story.ts';
import type { Command } from '../terms/command.ts';
import { formatDuration } from '../terms/duration.ts';
import { EngineError, Refusal } from '../terms/outcomes.ts';
import { type Marked, mark, takeMark } from './mark.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { checkProbes } from './probe.ts';
import { checkedEvent, itemsNow } from './steady-state.ts';

/** How long the pick command may take. */
const PICK_TIMEOUT_MS = 30_000;
/** How long before zero the last look begins. */
const LOOK_AHEAD_MS = 100;
/** How long the effect of a deed may take to be seen. */
const EFFECT_TIMEOUT_MS = 5000;

export interface InjectRequest {
  spec: InjectSpec;
  /** The chapter that asks, or null. */
  chapter: string | null;
  /** Prefix of the step names, unique within the command. */
  step: string;
  /** Also into a stack whose steady state is not met. */
  force: boolean;
}

export function injectSteps(
  request: Pick<InjectRequest, 'spec' | 'step'>,
): { step: string; text: string }[] {
  const { spec, step } = request;
  const steps = [{ step: `${step}.deed`, text: `${spec.kind} ${spec.service ?? 'one instance'}` }];
  return spec.countdown_ms > 0
    ? [{ step: `${step}.countdown`, text: 'Countdown' }, ...steps]
    : steps;
}

/** Resolves to the fault as it stands in the journal. Throws Refusal, EngineError, or the signal's reason. */
export async function* inject(
  ports: RunnerPorts,
  request: InjectRequest,
  signal: AbortSignal,
): Stream<Fault> {
  const { spec, step } = request;
  const kind = faultKind(spec.kind);
  const seed = spec.seed ?? ports.drawSeed();
  const clockSkewMs = Date.parse(await ports.engine.clock()) - ports.now();
  if (!request.force) yield* refuseSickStack(ports, signal);
  // There before the fault is, so that its start is no part of the time from the fault to what notices it.
  if (watchedOf(ports).watched) await ports.arm();
  let marked: Marked | null = null;
  const look = async () => {
    const [closely, standing] = await Promise.all([
      choose(ports, spec, seed, signal).then((rows) => lookClosely(ports, rows)),
      takeMark(ports),
    ]);
    marked = standing;
    return closely;
  };
  const targets =
    spec.countdown_ms > 0
      ? yield* countdown(ports, request, await choose(ports, spec, seed, signal), look, signal)
      : await look();
  const names = targets.map(label).join(', ');
  yield { type: 'step.begin', step: `${step}.deed`, text: `${kind.words.doing} ${names}` };
  signal.throwIfAborted();

  const id = `f${currentRun(ports).fault_count + 1}`;
  yield* mark(ports, 'fault', marked);
  const now = ports.now();
  const { abort_if } = ports.story;
  yield record(ports, {
    type: 'fault.injecting',
    fault: id,
    kind: kind.kind,
    targets,
    undo: kind.wayBack,
    words: kind.words,
    engine_time: new Date(now + clockSkewMs).toISOString(),
    deadline: spec.duration_ms === null ? null : new Date(now + spec.duration_ms).toISOString(),
    chapter: request.chapter,
    seed: spec.pick.by === 'random' ? seed : null,
    ...(abort_if.length > 0 && { abort_if }),
    ...watchedOf(ports),
  });
  if (spec.duration_ms !== null || isGuarded(ports) || isProbed(currentRun(ports)))
    yield* arm(ports, id, names, `${step}.deed`);
  yield* carryOut(ports, id, kind, targets, `${step}.deed`);
  return faultOf(ports, id);
}

/** What is broken on a stack that is sick already proves nothing. Under a live fault it is known to be, and somebody wants both. */
async function* refuseSickStack(ports: RunnerPorts, signal: AbortSignal): Stream<void> {
  if (liveFaults(currentRun(ports)).length > 0) return;
  const probes = await checkProbes(ports, signal);
  const thresholds = await ports.measure.checkSteadyState();
  const sick = [
    ...thresholds.filter((check) => check.measured !== null && !check.met),
    ...probes.filter((check) => !check.met).map(({ text }) => ({ text: `probe ${text}` })),
  ];
  const next = `f${currentRun(ports).fault_count + 1}`;
  const fault = sick.length === 0 ? next : null;
  const checked = checkedEvent(ports, 'before', fault, itemsNow(thresholds, probes));
  if (checked) yield checked;
  if (sick.length === 0) return;
  const what = sick.map((check) => check.text).join('; ');
  throw new Refusal(
    'sick_stack',
    `The steady state is not met before the fault: ${what}.`,
    'Wait until it is, or break it all the same with `fault inject --force`.',
  );
}

/** Whether somebody has to look out for a condition that ends the fault. */
function isGuarded(ports: RunnerPorts): boolean {
  const { workload } = currentRun(ports);
  return ports.story.abort_if.length > 0 && workload !== null && !workload.simulated;
}

/** The probes of the steady state, for the events from which on the watchdog looks at them. */
export function watchedOf({ story }: RunnerPorts): { watched?: string[] } {
  const { probes } = story.steady_state;
  return probes.length > 0 ? { watched: probes.map(({ name }) => name) } : {};
}

/** Has the watchdog guard limit and conditions, and look, before the deed; a limit that nobody guards is no limit, so then nothing is broken. */
async function* arm(ports: RunnerPorts, id: string, names: string, step: string): Stream<void> {
  try {
    await ports.arm();
  } catch (error) {
    yield record(ports, {
      type: 'fault.recovered',
      fault: id,
      outcome: 'never_happened',
      reason: (error as Error).message,
      took_ms: 0,
    });
    yield { type: 'step.failed', step, text: `${names}: nothing was changed` };
    throw error;
  }
}

/** The rows that the selector matches at this moment. */
async function choose(
  ports: RunnerPorts,
  spec: InjectSpec,
  seed: number,
  signal: AbortSignal,
): Promise<InstanceRow[]> {
  const rows = await ports.engine.list(signal);
  const run = currentRun(ports);
  return select(rows, spec, {
    project: ports.engine.project,
    protect: ports.story.protect,
    held: heldTargets(liveFaults(run)),
    maxTargets: ports.story.blast_radius.max_targets,
    seed,
    printed: spec.pick.by === 'command' ? await printedBy(ports, spec.pick.command, signal) : null,
  });
}

async function printedBy(
  ports: RunnerPorts,
  command: Command,
  signal: AbortSignal,
): Promise<string> {
  const result = await ports.engine.run(command, { timeout_ms: PICK_TIMEOUT_MS, signal });
  if (result.exit_code === 0) return result.stdout;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new Refusal(
    'no_target',
    `The pick command ended with exit code ${result.exit_code}${said ? `: ${said}` : ''}.`,
    'Run it by hand; it must print one instance.',
  );
}

/** Resolves to the targets as they are when it ends. The last look begins a moment before zero, so that at zero nothing but the deed is left. */
async function* countdown(
  ports: RunnerPorts,
  { spec, step: prefix }: InjectRequest,
  rows: InstanceRow[],
  look: () => Promise<Instance[]>,
  signal: AbortSignal,
): Stream<Instance[]> {
  const step = `${prefix}.countdown`;
  const what = `${spec.kind} ${rows.map(label).join(', ')}`;
  yield {
    type: 'step.begin',
    step,
    text: `${what} in ${formatDuration(spec.countdown_ms)} (Ctrl-C cancels)`,
  };
  const end = ports.elapsed() + spec.countdown_ms;
  try {
    for (let leftMs = spec.countdown_ms; leftMs > LOOK_AHEAD_MS; leftMs = end - ports.elapsed()) {
      const seconds = Math.ceil(leftMs / 1000);
      yield { type: 'step.tick', step, text: `Injecting fault in ${seconds}...` };
      await ports.sleep(Math.min(leftMs - (seconds - 1) * 1000, leftMs - LOOK_AHEAD_MS), signal);
    }
    const targets = await look();
    await ports.sleep(end - ports.elapsed(), signal);
    yield {
      type: 'step.done',
      step,
      text: `Countdown over: ${spec.kind} ${targets.map(label).join(', ')}`,
    };
    return targets;
  } catch (error) {
    const text = signal.aborted
      ? 'Countdown cancelled: nothing was changed'
      : `Countdown ended, nothing was changed: ${(error as Error).message}`;
    yield { type: 'step.failed', step, text };
    throw error;
  }
}

async function lookClosely(ports: RunnerPorts, rows: InstanceRow[]): Promise<Instance[]> {
  const targets = await Promise.all(rows.map((row) => ports.engine.inspect(row.id)));
  return targets.map((target, index) => {
    if (target?.state === 'running') return target;
    const name = label(rows[index] as InstanceRow);
    throw new Refusal(
      'no_target',
      `${name} stopped running a moment ago${target ? `: it is ${target.state}` : ''}.`,
      'Look at the stack, and try again.',
    );
  });
}

/** The deed and the fact. A deed that failed is looked at before anything is said about it. */
async function* carryOut(
  ports: RunnerPorts,
  id: string,
  kind: FaultKind,
  targets: Instance[],
  step: string,
): Stream<void> {
  const begun = ports.elapsed();
  const results = await Promise.allSettled(
    targets.map((target) => ports.engine.perform(kind.deed, target)),
  );
  const tookMs = Math.round(ports.elapsed() - begun);
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const seen = await Promise.all(
    targets.map((target, index) =>
      effect(ports, id, target, results[index]?.status === 'fulfilled'),
    ),
  );
  const names = targets.map(label).join(', ');

  if (seen.every((look) => !look.happened)) {
    const [error] = errors;
    const surely =
      errors.length === targets.length &&
      errors.every((each) => each instanceof EngineError && each.definite);
    if (surely) {
      yield record(ports, {
        type: 'fault.recovered',
        fault: id,
        outcome: 'never_happened',
        reason: (error as Error).message,
        took_ms: 0,
      });
    }
    yield { type: 'step.failed', step, text: `${kind.kind} ${names} failed` };
    throw (
      error ??
      new EngineError(`${kind.kind} of ${names} had no effect that can be seen.`, {
        definite: false,
        next: `fault recover ${id}`,
      })
    );
  }
  yield record(ports, {
    type: 'fault.injected',
    fault: id,
    took_ms: tookMs,
    targets: seen.map((look) => look.now),
  });
  const [error] = errors;
  if (error) {
    yield { type: 'step.failed', step, text: `${kind.kind} ${names}: only in part` };
    throw new EngineError(
      (error as Error).message,
      { definite: false, next: `fault recover ${id}` },
      { cause: error },
    );
  }
  yield {
    type: 'step.done',
    step,
    text: `${names} ${kind.words.done} in ${formatDuration(tookMs)} (fault ${id})`,
  };
}

/** Whether the deed can be seen on the target; waits a little for it where the engine confirmed the deed. */
async function effect(
  ports: RunnerPorts,
  id: string,
  target: Instance,
  confirmed: boolean,
): Promise<{ happened: boolean; now: Instance }> {
  const fault = faultOf(ports, id);
  const kind = faultKind(fault.kind);
  const end = ports.elapsed() + (confirmed ? EFFECT_TIMEOUT_MS : 0);
  for (;;) {
    let now: Instance | null;
    try {
      now = await ports.engine.inspect(target.id);
    } catch {
      // The engine fell silent after the deed: its confirmation is all that is known.
      return { happened: confirmed, now: target };
    }
    const { finding } = drift(fault, target, now, null);
    if (finding !== 'not_done') return { happened: true, now: now ?? target };
    if (now && kind.inForce(now)) return { happened: true, now };
    if (ports.elapsed() >= end) return { happened: false, now: now ?? target };
    await ports.sleep(20, new AbortController().signal);
  }
}

export function faultOf(ports: RunnerPorts, id: string): Fault {
  const fault = currentRun(ports).faults.find((each) => each.id === id);
  if (!fault) throw new Error(`fault ${id} is not in the run`);
  return fault;
}
