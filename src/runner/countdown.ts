/** The time in which a fault can be cancelled, and nothing has been changed. */
import { type InstanceRow, label } from '../fault/instance.ts';
import type { InjectSpec } from '../story/story.ts';
import { formatDuration } from '../terms/duration.ts';
import type { Chosen } from './choose.ts';
import type { RunnerPorts, Stream } from './ports.ts';

/** How long before zero the last look begins, so that at zero nothing but the deed is left. */
const LOOK_AHEAD_MS = 100;
/** A tick that comes so much later means that the process was stopped (Ctrl-Z): nobody could cancel meanwhile. */
const STOPPED_MS = 1000;

/** Resolves to the targets as they are when it ends. Rejects with the signal's reason, or what the look throws. */
export async function* countdown(
  ports: RunnerPorts,
  { spec, step: prefix }: { spec: InjectSpec; step: string },
  rows: InstanceRow[],
  look: () => Promise<Chosen>,
  signal: AbortSignal,
): Stream<Chosen> {
  const step = `${prefix}.countdown`;
  const what = `${spec.kind} ${rows.map(label).join(', ')}`;
  yield {
    type: 'step.begin',
    step,
    text: `${what} in ${formatDuration(spec.countdown_ms)} (Ctrl-C cancels)`,
  };
  let end = ports.elapsed() + spec.countdown_ms;
  try {
    for (
      let leftMs = spec.countdown_ms;
      leftMs > LOOK_AHEAD_MS;
      leftMs = Math.max(0, end - ports.elapsed())
    ) {
      const seconds = Math.ceil(leftMs / 1000);
      yield { type: 'step.tick', step, text: `Injecting fault in ${seconds}...` };
      const pauseMs = Math.min(leftMs - (seconds - 1) * 1000, leftMs - LOOK_AHEAD_MS);
      const due = ports.elapsed() + pauseMs;
      await ports.sleep(pauseMs, signal);
      const lateMs = ports.elapsed() - due;
      if (lateMs > STOPPED_MS) end += lateMs;
    }
    const chosen = await look();
    await ports.sleep(end - ports.elapsed(), signal);
    const names = chosen.targets.map(label).join(', ');
    yield { type: 'step.done', step, text: `Countdown over: ${spec.kind} ${names}` };
    return chosen;
  } catch (error) {
    const text = signal.aborted
      ? 'Countdown cancelled: nothing was changed'
      : `Countdown ended, nothing was changed: ${(error as Error).message}`;
    yield { type: 'step.failed', step, text };
    throw error;
  }
}
