/**
 * Stops the load. Where the story has it verified, what it wrote is read back first by the watchdog, which alone knows what
 * was acknowledged; whoever stops the load waits for that, and writes down what came of it.
 */
import { describeVerified, grouped, isBroken, type Verified } from '../impact/verified.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { Findings } from './evidence.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';

const LOOK_EVERY_MS = 100;

export interface Stopped {
  findings: Findings;
  /** What is to be thrown once all else is done: the store did not keep its word. */
  broken: Refusal | null;
}

/** `step`: one that has begun; null: it has a step of its own. Rejects with the signal's reason. */
export async function* stopWorkload(
  ports: RunnerPorts,
  reason: string,
  step: string | null,
  signal: AbortSignal,
): Stream<Stopped> {
  const { workload } = currentRun(ports);
  if (!workload) return { findings: { text: 'no workload runs', data: null }, broken: null };
  yield record(ports, { type: 'workload.stopped', reason });
  await ports.measure.stop();
  const verified = yield* readBack(ports, workload.started_at, step, signal);
  const text = `workload stopped: ${reason}`;
  if (verified === null) return { findings: { text, data: null }, broken: null };
  if (verified === 'unknown')
    return { findings: { text: `${text}; ${UNKNOWN}`, data: null }, broken: null };
  return {
    findings: { text: `${text}; ${describeVerified(verified)}`, data: verified },
    broken: isBroken(verified) ? refusalFor(verified) : null,
  };
}

/** For whoever has nothing left to do. Throws Refusal `deviated` where the store did not keep its word. */
export function findingsOf({ findings, broken }: Stopped): Findings {
  if (broken) throw broken;
  return findings;
}

const UNKNOWN = 'what it wrote is not verified, since no watchdog has the book of it any more';

async function* readBack(
  ports: RunnerPorts,
  startedAt: string,
  step: string | null,
  signal: AbortSignal,
): Stream<Verified | 'unknown' | null> {
  const own = step ?? 'read-back';
  const doing = 'reading back what was written';
  let begun = step !== null;
  let said = '';
  for (;;) {
    const now = ports.measure.readBack(startedAt);
    if (now.state === 'none') return null;
    if (!begun) yield { type: 'step.begin', step: own, text: doing };
    begun = true;
    if (now.state === 'done') {
      yield record(ports, { type: 'workload.verified', verified: now.verified });
      if (step === null)
        yield {
          type: isBroken(now.verified) ? 'step.failed' : 'step.done',
          step: own,
          text: describeVerified(now.verified),
        };
      return now.verified;
    }
    if (now.state !== 'reading') {
      if (step === null) yield { type: 'step.failed', step: own, text: UNKNOWN };
      return 'unknown';
    }
    const text = now.of === 0 ? doing : `${doing}: ${grouped(now.done)} of ${grouped(now.of)} keys`;
    if (text !== said) yield { type: 'step.tick', step: own, text };
    said = text;
    try {
      await ports.sleep(LOOK_EVERY_MS, signal);
    } catch (error) {
      if (step === null) yield { type: 'step.failed', step: own, text: `${doing}: interrupted` };
      throw error;
    }
  }
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
