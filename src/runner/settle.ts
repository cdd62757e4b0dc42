/**
 * An intent whose author died: the fault may never have happened, or may still be on its way to the target. Only what cannot
 * come any more has not happened.
 */
import type { Effect } from '../fault/effect.ts';
import { type Instance, label } from '../fault/instance.ts';
import type { Doing, StepId } from '../run/progress.ts';
import type { Fault } from '../run/run.ts';
import { formatDuration } from '../terms/duration.ts';
import { Refusal } from '../terms/outcomes.ts';
import { driftsOf } from './look-fault.ts';
import { instancePorts, type RunnerPorts, record, type Stream } from './ports.ts';
import { recoverStep } from './steps.ts';
import { abilityOf, undo } from './undo.ts';

const LOOK_EVERY_MS = 100;

/** True where it did not happen on any target and cannot any more; then it is closed. False where it did on some, and cannot come on others any more. Throws Refusal `not_verified` where that takes too long. */
export async function* neverHappened(
  ports: RunnerPorts,
  fault: Fault,
  end: number,
  step: StepId,
  signal: AbortSignal,
): Stream<boolean> {
  // A clock that was set back makes it as young as can be.
  const ageMs = Math.max(0, ports.now() - Date.parse(fault.injecting_at));
  const settleMs = Math.max(
    ...fault.targets.map((target, index) => {
      const effect = fault.effects[index] as Effect;
      return abilityOf(ports.engine, effect, target).settleMs(target, effect);
    }),
  );
  const settledAt = ports.elapsed() + settleMs - ageMs;
  for (;;) {
    const drifts = await driftsOf(ports, fault, signal);
    const open = drifts.filter(({ finding }) => finding === 'not_done');
    if (open.length === 0) return false;
    const isWhole = open.length === drifts.length;
    const leftMs = settledAt - ports.elapsed();
    if (leftMs <= 0) return isWhole ? yield* close(ports, fault, step) : false;
    if (ports.elapsed() >= end) {
      if (isWhole) throw mayStillCome(fault, leftMs);
      return false;
    }
    yield recoverStep(step, 'running', fault, { waits_for: 'intent', left_ms: leftMs });
    await ports.sleep(Math.min(leftMs, LOOK_EVERY_MS), signal);
  }
}

async function* close(ports: RunnerPorts, fault: Fault, step: StepId): Stream<true> {
  // What was begun of it, and can do nothing any more, may still lie about on the engine.
  await undo(instancePorts(ports), fault);
  const reason = `${namesOf(fault.targets)} untouched: the fault never happened`;
  const outcome = 'never_happened';
  yield record(ports, { type: 'fault.recovered', fault: fault.id, outcome, reason, took_ms: 0 });
  const done = recoverStep(step, 'done', fault);
  yield { ...done, doing: { ...done.doing, untouched: true } as Doing };
  return true;
}

function mayStillCome(fault: Fault, leftMs: number): Refusal {
  const left = formatDuration(Math.max(1000, Math.ceil(leftMs / 1000) * 1000));
  const message = `${namesOf(fault.targets)} may still be ${fault.words.done} within ${left}: that was asked for, and has not come yet.`;
  return new Refusal('not_verified', message, `fault recover ${fault.id} --within ${left}`);
}

function namesOf(targets: readonly Instance[]): string {
  return targets.map(label).join(', ');
}
