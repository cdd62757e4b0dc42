/**
 * Stops the load. Where the story has it verified, what it wrote is read back first by the watchdog, which alone knows what
 * was acknowledged; whoever stops the load waits for that, and writes down what came of it.
 */
import { describeVerified, isBroken, type Verified } from '../impact/verified.ts';
import type { Found, StoppedFound } from '../run/found.ts';
import type { Step, StepId } from '../run/progress.ts';
import type { Action } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';

const LOOK_EVERY_MS = 100;
const OWN_STEP: StepId = ['read-back'];
export const STOP: Extract<Action, { do: 'workload' }> = { do: 'workload', to: 'stop' };

export interface Stopped {
  found: StoppedFound;
  /** What is to be thrown once all else is done: the store did not keep its word. */
  broken: Refusal | null;
}

/** `step`: one that has begun; null: it has a step of its own. Rejects with the signal's reason. */
export async function* stopWorkload(
  ports: RunnerPorts,
  reason: string,
  step: StepId | null,
  signal: AbortSignal,
): Stream<Stopped> {
  const { workload } = currentRun(ports);
  if (!workload)
    return { found: { found: 'workload_stopped', reason: null, verified: null }, broken: null };
  yield record(ports, { type: 'workload.stopped', reason });
  await ports.measure.stop();
  const verified = yield* readBack(ports, workload.started_at, step, signal);
  const isKept = verified === null || verified === 'unknown' || !isBroken(verified);
  return {
    found: { found: 'workload_stopped', reason, verified },
    broken: isKept ? null : refusalFor(verified),
  };
}

/** For whoever has nothing left to do. Throws Refusal `deviated` where the store did not keep its word. */
export function foundOf({ found, broken }: Stopped): Found {
  if (broken) throw broken;
  return found;
}

/** Where somebody's step has begun, it is told what goes on; else a step of its own begins when there is something to read. */
async function* readBack(
  ports: RunnerPorts,
  startedAt: string,
  step: StepId | null,
  signal: AbortSignal,
): Stream<Verified | 'unknown' | null> {
  let said = '';
  for (;;) {
    const now = ports.measure.readBack(startedAt);
    if (now.state === 'none') return null;
    if (now.state !== 'reading') {
      const verified = now.state === 'done' ? now.verified : 'unknown';
      if (verified !== 'unknown') yield record(ports, { type: 'workload.verified', verified });
      const isKept = verified !== 'unknown' && !isBroken(verified);
      if (step === null) yield readBackStep(isKept ? 'done' : 'failed', 0, 0, verified);
      return verified;
    }
    const { done: read, of } = now;
    if (said !== `${read}/${of}`)
      yield step === null
        ? readBackStep('running', read, of, null)
        : running(step, { now: 'reading_back', read, of });
    said = `${read}/${of}`;
    try {
      await ports.sleep(LOOK_EVERY_MS, signal);
    } catch (error) {
      if (step === null)
        yield {
          ...readBackStep('failed', read, of, null),
          error: { message: (error as Error).message, interrupted: true },
        };
      throw error;
    }
  }
}

function readBackStep(
  phase: Step['phase'],
  read: number,
  of: number,
  verified: Verified | 'unknown' | null,
): Step {
  return { type: 'step', id: OWN_STEP, phase, doing: { do: 'read_back', read, of, verified } };
}

function running(id: StepId, now: Extract<Step['doing'], { do: 'action' }>['now']): Step {
  return { type: 'step', id, phase: 'running', doing: { do: 'action', action: STOP, now } };
}

function refusalFor(verified: Verified): Refusal {
  const message = `The store did not keep what it had acknowledged: ${describeVerified(verified)}.`;
  return new Refusal(
    'deviated',
    message,
    'The load has stopped. Look these keys up in the store, and why it lost them.',
    [],
    { data: { verified } },
  );
}
