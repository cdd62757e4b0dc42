/**
 * Bringing back what was broken: last in, first out, on exactly the recorded targets, from whichever state they are in by now.
 * Everything is undone first, and only then proven: nothing is well while another fault is live. It can be repeated at any
 * time, and calls nothing recovered that it has not seen well.
 */
import { RECOVER_WITHIN_MS } from '../impact/steady-state.ts';
import type { Doing, Step, StepId } from '../run/progress.ts';
import type { Fault } from '../run/run.ts';
import { EngineError } from '../terms/outcomes.ts';
import { judgeHypotheses } from './hypothesis.ts';

import { driftsOf } from './look-fault.ts';
import { mark, takeMark } from './mark.ts';
import { instancePorts, type RunnerPorts, record, type Stream } from './ports.ts';
import { proveTargets, type Undone } from './prove.ts';
import { neverHappened } from './settle.ts';
import { recoverStep } from './steps.ts';
import { undo } from './undo.ts';
import { leftByEngine, waitForStack } from './wait-stack.ts';
import { waitUntilWell } from './wait-well.ts';

/** A health check that passes at the last moment is still to be seen. */
const MARGIN_MS = 2000;

export interface RecoverRequest {
  /** Newest first. */
  faults: Fault[];
  /** Null: as the story says; else so long as recoveries take, or as the health checks of the targets need. */
  within_ms: number | null;
  by: 'command' | 'watchdog';
  /** What the recovery of each fault is a part of. */
  step: StepId;
  /** It ends an experiment that went too far: the watchdog may have undone it at the same moment. */
  aborts?: boolean;
  /** Nothing is asked of the rest of the stack: what has fallen with the targets stays as it is. */
  onlyTargets?: boolean;
}

/** The steps that a recovery announces before it begins. */
export function recoverSteps(request: RecoverRequest): Step[] {
  return request.faults.map((fault) => recoverStep(stepOf(request, fault), 'planned', fault));
}

/** Tries every fault, also when one fails; then throws the first failure: a Refusal `not_verified`, an EngineError, or the signal's reason. */
export async function* recover(
  ports: RunnerPorts,
  request: RecoverRequest,
  signal: AbortSignal,
): Stream<void> {
  const failures: unknown[] = [];
  const fail = async function* (fault: Fault, error: unknown): Stream<void> {
    const { message } = error as Error;
    if (!signal.aborted)
      yield record(ports, { type: 'fault.unverified', fault: fault.id, reason: message });
    const failed = recoverStep(stepOf(request, fault), 'failed', fault);
    yield { ...failed, error: { message, interrupted: false } };
    failures.push(error);
  };
  const undone: Undone[] = [];
  for (const fault of yield* inOrder(ports, request, signal)) {
    try {
      signal.throwIfAborted();
      const end = ports.elapsed() + withinMs(ports, request, fault);
      const step = stepOf(request, fault);
      if (fault.phase === 'injecting' && (yield* neverHappened(ports, fault, end, step, signal)))
        continue;
      undone.push(yield* undoOne(ports, fault, request, signal));
    } catch (error) {
      yield* fail(fault, error);
    }
  }
  for (const each of await undoAgain(ports, undone)) {
    try {
      yield* proveOne(ports, each, request, signal);
    } catch (error) {
      yield* fail(each.fault, error);
    }
  }
  yield* judgeHypotheses(ports);
  if (failures.length > 0) throw failures[0];
}

/** Closes faults that can no longer be recovered, with the reason that a person gives. */
export async function* closeFaults(
  ports: RunnerPorts,
  faults: Fault[],
  reason: string,
): Stream<void> {
  for (const fault of faults)
    yield record(ports, {
      type: 'fault.recovered',
      fault: fault.id,
      outcome: 'closed',
      reason,
      took_ms: 0,
    });
  yield* judgeHypotheses(ports);
}

/** Newest first; one of which nobody knows yet whether it happened comes last, so that it holds up none of the others. */
async function* inOrder(
  ports: RunnerPorts,
  request: RecoverRequest,
  signal: AbortSignal,
): Stream<Fault[]> {
  const doubtful: Fault[] = [];
  for (const fault of request.faults) {
    yield recoverStep(stepOf(request, fault), 'running', fault);
    if (fault.phase !== 'injecting') continue;
    const drifts = await driftsOf(ports, fault, signal).catch(() => []);
    if (drifts.some(({ finding }) => finding === 'not_done')) doubtful.push(fault);
  }
  return [...request.faults.filter((fault) => !doubtful.includes(fault)), ...doubtful];
}

async function* undoOne(
  ports: RunnerPorts,
  fault: Fault,
  request: RecoverRequest,
  signal: AbortSignal,
): Stream<Undone> {
  const begun = ports.elapsed();
  const drifts = await driftsOf(ports, fault, signal);
  yield record(ports, { type: 'fault.recovering', fault: fault.id, by: request.by });
  const is = drifts.map(({ target, text }) => text || `${target} is ${fault.words.done}`);
  const wait = { waits_for: 'undo', is, undo: fault.words.undo } as const;
  yield recoverStep(stepOf(request, fault), 'running', fault, wait);
  // What the engine refuses now may succeed a moment later: the proof tries again, and says what stands in the way.
  const error = await failureOf(undo(instancePorts(ports), fault));
  // The watchdog undoes before it comes here, so that nothing of it is somebody else's doing.
  const isByOthers = request.by === 'command' && !request.aborts;
  return { fault, drifts, isByOthers, begun, error, end: begun + withinMs(ports, request, fault) };
}

/** Once more where the engine refused: what it lacked then (the owner of a network that is joined), a later undo has brought. */
async function undoAgain(ports: RunnerPorts, undone: readonly Undone[]): Promise<Undone[]> {
  const all: Undone[] = [];
  for (const each of undone) {
    const isRefused = each.error instanceof EngineError && each.error.definite;
    const error = isRefused ? await failureOf(undo(instancePorts(ports), each.fault)) : each.error;
    all.push({ ...each, error });
  }
  return all;
}

async function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => null,
    (reason: unknown) => reason,
  );
}

async function* proveOne(
  ports: RunnerPorts,
  undone: Undone,
  request: RecoverRequest,
  signal: AbortSignal,
): Stream<void> {
  const { fault, begun, end } = undone;
  const step = stepOf(request, fault);
  const words = yield* proveTargets(ports, undone, step, signal);
  if (!request.onlyTargets) {
    const rows = yield* waitForStack(ports, fault, end, step, signal);
    // A remark: it makes nothing less recovered when nobody can make it.
    words.push(...(await leftByEngine(ports, fault, rows, signal).catch(() => [])));
    signal.throwIfAborted();
  }
  const { figures, probes } = yield* waitUntilWell(ports, fault, end, step, signal);
  const tookMs = Math.round(ports.elapsed() - begun);
  const reason = words.join('; ');
  yield record(ports, {
    type: 'fault.recovered',
    fault: fault.id,
    outcome: 'verified',
    reason,
    took_ms: tookMs,
    ...(probes.length > 0 && { probes }),
  });
  // What cannot be marked makes nothing less recovered: the mark of the fault then goes on to count.
  yield* mark(ports, 'recovery', await takeMark(ports).catch(() => null));
  if (figures.length > 0)
    yield { type: 'evidence', id: step, evidence: { about: 'figures', texts: figures } };
  const done = recoverStep(step, 'done', fault);
  yield { ...done, doing: { ...done.doing, how: words } as Doing, took_ms: tookMs };
}

function withinMs({ story }: RunnerPorts, { within_ms }: RecoverRequest, fault: Fault): number {
  const health = fault.targets.map(({ healthy_within_ms }) => (healthy_within_ms ?? 0) + MARGIN_MS);
  return (
    within_ms ?? story.steady_state.recover_within_ms ?? Math.max(RECOVER_WITHIN_MS, ...health)
  );
}

function stepOf({ step }: RecoverRequest, { id }: Fault): StepId {
  return [...step, id];
}
