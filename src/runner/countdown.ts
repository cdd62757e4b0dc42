/** The time in which a fault can be cancelled, and nothing has been changed. */
import { type InstanceRow, label } from '../fault/instance.ts';
import type { StepId } from '../run/progress.ts';
import type { InjectSpec } from '../story/story.ts';
import type { Chosen } from './choose.ts';
import type { RunnerPorts, Stream } from './ports.ts';
import { countdownStep, failure } from './steps.ts';

/** How long before zero the last look begins, so that at zero nothing but the deed is left. */
const LOOK_AHEAD_MS = 100;
/** A tick that comes so much later means that the process was stopped (Ctrl-Z): nobody could cancel meanwhile. */
const STOPPED_MS = 1000;

/** Resolves to the targets as they are when it ends. Rejects with the signal's reason, or what the look throws. */
export async function* countdown(
  ports: RunnerPorts,
  { spec, step }: { spec: InjectSpec; step: StepId },
  rows: InstanceRow[],
  look: () => Promise<Chosen>,
  signal: AbortSignal,
): Stream<Chosen> {
  const shown = rows.map((row) => ({ label: label(row), name: row.name }));
  let end = ports.elapsed() + spec.countdown_ms;
  try {
    for (
      let leftMs = spec.countdown_ms;
      leftMs > LOOK_AHEAD_MS;
      leftMs = Math.max(0, end - ports.elapsed())
    ) {
      const seconds = Math.ceil(leftMs / 1000);
      yield countdownStep(step, 'running', spec, shown, leftMs);
      const pauseMs = Math.min(leftMs - (seconds - 1) * 1000, leftMs - LOOK_AHEAD_MS);
      const due = ports.elapsed() + pauseMs;
      await ports.sleep(pauseMs, signal);
      const lateMs = ports.elapsed() - due;
      if (lateMs > STOPPED_MS) end += lateMs;
    }
    const chosen = await look();
    await ports.sleep(end - ports.elapsed(), signal);
    const targets = chosen.targets.map((target) => ({ label: label(target), name: target.name }));
    yield countdownStep(step, 'done', spec, targets, 0);
    return chosen;
  } catch (error) {
    const failed = countdownStep(step, 'failed', spec, shown, Math.max(0, end - ports.elapsed()));
    yield { ...failed, error: failure(error, signal) };
    throw error;
  }
}
