/** The deed of an injection and the fact it leaves. What a deed did is looked at, and only then written down. */
import type { Effect } from '../fault/effect.ts';
import { type Instance, label } from '../fault/instance.ts';
import type { Step, StepId } from '../run/progress.ts';
import type { Fault } from '../run/run.ts';
import type { InjectSpec } from '../story/story.ts';
import { EngineError } from '../terms/outcomes.ts';
import { currentRun, instancePorts, type RunnerPorts, record, type Stream } from './ports.ts';
import { injectStep } from './steps.ts';
import { applySet, read } from './undo.ts';

/** How long the effect of a deed may take to be seen. */
const EFFECT_TIMEOUT_MS = 5000;
const LOOK_EVERY_MS = 20;

/** The deed and the fact. A deed that failed is looked at before anything is said about it. */
export async function* carryOut(
  ports: RunnerPorts,
  id: string,
  targets: Instance[],
  { spec, step }: { spec: InjectSpec; step: StepId },
): Stream<void> {
  const { kind, effect } = spec;
  const begun = ports.elapsed();
  const results = await Promise.allSettled(
    targets.map((target) => applySet(instancePorts(ports), target, [effect.on], null)),
  );
  const tookMs = Math.round(ports.elapsed() - begun);
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const seen = await Promise.all(
    targets.map((target, index) =>
      seeEffect(ports, id, target, results[index]?.status === 'fulfilled'),
    ),
  );
  const names = targets.map(label);
  const fails = (changed: 'something' | 'unknown', { message }: Error): Step => ({
    ...injectStep(step, 'failed', spec, { targets: names, fault: id, changed }),
    error: { message, interrupted: false },
  });

  if (seen.every((look) => !look.happened)) {
    const error = (errors[0] ?? noEffect(id, kind, names)) as Error;
    if (errors.length === targets.length && errors.every(isDefinite)) {
      const reason = error.message;
      const outcome = 'never_happened';
      yield record(ports, { type: 'fault.recovered', fault: id, outcome, reason, took_ms: 0 });
    }
    yield fails('unknown', error);
    throw error;
  }
  const measured = await measure(ports, id, seen);
  yield record(ports, {
    type: 'fault.injected',
    fault: id,
    took_ms: tookMs,
    targets: seen.map((look) => look.now),
    ...(measured.length > 0 && { measured }),
  });
  if (measured.length > 0)
    yield {
      type: 'evidence',
      id: [...step, 'inject'],
      evidence: { about: 'measured', texts: measured },
    };
  const [error] = errors;
  if (error) {
    yield fails('something', error as Error);
    throw new EngineError(
      (error as Error).message,
      { definite: false, next: `fault recover ${id}` },
      { cause: error },
    );
  }
  const done = injectStep(step, 'done', spec, { targets: names, fault: id });
  yield { ...done, took_ms: tookMs };
}

/** What is seen of it in figures; what cannot be measured at this moment is not claimed. */
async function measure(
  ports: RunnerPorts,
  id: string,
  seen: readonly { now: Instance }[],
): Promise<string[]> {
  const { effects } = faultOf(ports, id);
  const all = await Promise.allSettled(
    seen.map(({ now }, index) => {
      const effect = effects[index] as Effect;
      return ports.engine.abilities[effect.on]?.measure?.(now, effect);
    }),
  );
  return all.flatMap((each) => (each.status === 'fulfilled' && each.value ? each.value : []));
}

function noEffect(id: string, kind: string, names: readonly string[]): EngineError {
  return new EngineError(`${kind} of ${names.join(', ')} had no effect that can be seen.`, {
    definite: false,
    next: `fault recover ${id}`,
  });
}

function isDefinite(error: unknown): boolean {
  return error instanceof EngineError && error.definite;
}

/**
 * Whether the effect can be seen on the target; waits a little for it where the engine confirmed it. Past the fault's limit the
 * watchdog has undone it, so that the confirmation alone counts.
 */
async function seeEffect(
  ports: RunnerPorts,
  id: string,
  target: Instance,
  confirmed: boolean,
): Promise<{ happened: boolean; now: Instance }> {
  const fault = faultOf(ports, id);
  const end = ports.elapsed() + (confirmed ? EFFECT_TIMEOUT_MS : 0);
  for (;;) {
    let now: Instance | null;
    try {
      now = await ports.engine.inspect(target.id);
      if (!now) return { happened: true, now: target };
      const reading = await read(ports, fault, now);
      const isRestarted = now.incarnation !== target.incarnation;
      if (reading?.state !== 'absent' || isRestarted || (confirmed && isPastLimit(ports, fault)))
        return { happened: true, now };
    } catch {
      // The engine fell silent after the deed: its confirmation is all that is known.
      return { happened: confirmed, now: target };
    }
    if (ports.elapsed() >= end) return { happened: false, now };
    await ports.sleep(LOOK_EVERY_MS, new AbortController().signal);
  }
}

function isPastLimit(ports: RunnerPorts, { deadline }: Fault): boolean {
  return deadline !== null && ports.now() >= Date.parse(deadline);
}

export function faultOf(ports: RunnerPorts, id: string): Fault {
  const fault = currentRun(ports).faults.find((each) => each.id === id);
  if (!fault) throw new Error(`fault ${id} is not in the run`);
  return fault;
}
