/**
 * Mending what was broken: last in, first out, on exactly the recorded targets, from whichever state they are in by now.
 * It can be repeated at any time, and calls nothing recovered that it has not seen well.
 */

import { type Instance, label, type Operation } from '../fault/instance.ts';
import { faultKind } from '../fault/kinds/index.ts';
import { drift, type Finding, successorOf } from '../run/drift.ts';
import type { Fault } from '../run/run.ts';
import { formatDuration } from '../terms/duration.ts';
import { Refusal } from '../terms/outcomes.ts';
import { mark, takeMark } from './mark.ts';
import { FirstError, type RunnerPorts, record, type Stream } from './ports.ts';
import { type Wellness, waitUntilWell } from './wait-well.ts';

/** A deed that was asked for just before its author died may still be on its way to the engine. */
const SETTLE_INTENT_MS = 2000;
/** A target without a health check must run this long on one start to count as well. */
const STEADY_MS = 1000;
const LOOK_EVERY_MS = 100;

export interface RecoverRequest {
  /** Newest first. */
  faults: Fault[];
  within_ms: number;
  by: 'command' | 'watchdog';
  step: string;
  /** It ends an experiment that went too far: the watchdog may have undone it at the same moment. */
  aborts?: boolean;
}

/** What has been asked of the engine before anything is waited for. */
interface Begun {
  /** By fault, when its undo began, by the clock that never jumps. */
  at: Map<string, number>;
  /** By the target's id, how it came back. */
  how: Map<string, string>;
}

export function recoverSteps(request: RecoverRequest): { step: string; text: string }[] {
  return request.faults.map((fault) => ({
    step: `${request.step}.${fault.id}`,
    text: `Recover ${describeFault(fault)}`,
  }));
}

/** Tries every fault, also when one fails; then throws the first failure: a Refusal `not_verified`, an EngineError, or the signal's reason. */
export async function* recover(
  ports: RunnerPorts,
  request: RecoverRequest,
  signal: AbortSignal,
): Stream<void> {
  const failure = new FirstError();
  const begun: Begun = { at: new Map(), how: new Map() };
  if (request.faults.length > 1) yield* undoAll(ports, request, begun, signal);
  for (const fault of request.faults) {
    try {
      signal.throwIfAborted();
      yield* recoverOne(ports, fault, request, begun, signal);
    } catch (error) {
      yield {
        type: 'step.failed',
        step: `${request.step}.${fault.id}`,
        text: `${fault.id} is still live: ${(error as Error).message}`,
      };
      failure.add(error);
    }
  }
  failure.throwIfAny();
}

/** Closes faults that can no longer be mended, with the reason that a person gives. */
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
}

/**
 * Of several faults each undo is asked for before any proof is waited for: nothing is well while another one is broken. It
 * ends at a fault that may never have happened, which has to be looked at first; what fails here is tried again there.
 */
async function* undoAll(
  ports: RunnerPorts,
  { faults, by, step }: RecoverRequest,
  { at, how }: Begun,
  signal: AbortSignal,
): Stream<void> {
  for (const fault of faults) {
    if (fault.phase === 'injecting' || signal.aborted) return;
    at.set(fault.id, ports.elapsed());
    yield record(ports, { type: 'fault.recovering', fault: fault.id, by });
    for (const { id } of fault.targets.toReversed()) {
      try {
        const now = await ports.engine.inspect(id, signal);
        const operation = now && faultKind(fault.kind).undo(now);
        if (!operation) continue;
        yield {
          type: 'step.tick',
          step: `${step}.${fault.id}`,
          text: `${label(now)} is ${now.state}: ${operation}`,
        };
        await ports.engine.perform(operation, now);
        how.set(id, cameBack(now, operation));
      } catch {
        // See above.
      }
    }
  }
}

async function* recoverOne(
  ports: RunnerPorts,
  fault: Fault,
  request: RecoverRequest,
  undone: Begun,
  signal: AbortSignal,
): Stream<void> {
  const step = `${request.step}.${fault.id}`;
  yield { type: 'step.begin', step, text: `Recovering ${describeFault(fault)}` };
  if (fault.phase === 'injecting' && (yield* neverHappened(ports, fault, step, signal))) return;

  const begun = undone.at.get(fault.id) ?? ports.elapsed();
  if (!undone.at.has(fault.id))
    yield record(ports, { type: 'fault.recovering', fault: fault.id, by: request.by });
  const end = ports.elapsed() + request.within_ms;
  const words: string[] = [];
  let well: Wellness;
  const failure = new FirstError();
  try {
    for (const target of fault.targets.toReversed()) {
      try {
        words.push(
          yield* bringBack(
            ports,
            fault,
            target,
            end,
            request,
            undone.how.get(target.id) ?? '',
            signal,
          ),
        );
      } catch (error) {
        signal.throwIfAborted();
        failure.add(error); // One target that cannot be mended keeps no other one down.
      }
    }
    failure.throwIfAny();
    well = yield* waitUntilWell(ports, fault, end, step, signal);
  } catch (error) {
    if (!signal.aborted)
      yield record(ports, {
        type: 'fault.unverified',
        fault: fault.id,
        reason: (error as Error).message,
      });
    throw error;
  }
  const tookMs = Math.round(ports.elapsed() - begun);
  const { figures, probes } = well;
  const seen = probes.length > 0 ? { probes } : {};
  yield record(ports, {
    type: 'fault.recovered',
    fault: fault.id,
    outcome: 'verified',
    reason: words.join('; '),
    took_ms: tookMs,
    ...seen,
  });
  // What cannot be marked makes nothing less recovered: the mark of the fault then goes on to count.
  yield* mark(ports, 'recovery', await takeMark(ports).catch(() => null));
  if (figures.length > 0) yield { type: 'lines', step, lines: figures };
  yield {
    type: 'step.done',
    step,
    text: `${words.join('; ')} (${fault.id} recovered in ${formatDuration(tookMs)})`,
  };
}

/** True when the author of the intent died before the deed: the targets are untouched, and stay so. */
async function* neverHappened(
  ports: RunnerPorts,
  fault: Fault,
  step: string,
  signal: AbortSignal,
): Stream<boolean> {
  let findings = await findingsOf(ports, fault, signal);
  // A clock that was set back makes it as young as can be.
  const ageMs = Math.max(0, ports.now() - Date.parse(fault.injecting_at));
  if (ageMs < SETTLE_INTENT_MS && findings.includes('not_done')) {
    yield {
      type: 'step.tick',
      step,
      text: `${fault.id} was never confirmed: watching that it does not come after all`,
    };
    await ports.sleep(SETTLE_INTENT_MS - ageMs, signal);
    findings = await findingsOf(ports, fault, signal);
  }
  if (findings.some((each) => each !== 'not_done')) return false;
  const reason = `${fault.targets.map(label).join(', ')} untouched: the fault never happened`;
  yield record(ports, {
    type: 'fault.recovered',
    fault: fault.id,
    outcome: 'never_happened',
    reason,
    took_ms: 0,
  });
  yield { type: 'step.done', step, text: `${reason} (${fault.id} closed)` };
  return true;
}

function findingsOf(ports: RunnerPorts, fault: Fault, signal: AbortSignal): Promise<Finding[]> {
  return Promise.all(fault.targets.map((target) => finding(ports, fault, target, signal)));
}

async function finding(
  ports: RunnerPorts,
  fault: Fault,
  target: Instance,
  signal: AbortSignal,
): Promise<Finding> {
  const now = await ports.engine.inspect(target.id, signal);
  return drift(
    fault,
    target,
    now,
    now ? null : successorOf(target, await ports.engine.list(signal)),
  ).finding;
}

/** Undoes until the target runs and is well, and says how it came back. Throws Refusal `not_verified` when the time is over. */
async function* bringBack(
  ports: RunnerPorts,
  fault: Fault,
  recorded: Instance,
  end: number,
  { step: parent, by, aborts }: RecoverRequest,
  undone: string,
  signal: AbortSignal,
): Stream<string> {
  const step = `${parent}.${fault.id}`;
  const kind = faultKind(fault.kind);
  const name = label(recorded);
  let id = recorded.id;
  let how = undone;
  let tried = 0;
  const steady = new Steady();
  for (;;) {
    const now = await ports.engine.inspect(id, signal);
    if (!now) {
      const next = successorOf(recorded, await ports.engine.list(signal));
      if (!next) throw gone(fault, recorded);
      [id, how] = [next.id, `${name} was recreated by somebody as ${next.id.slice(0, 12)}`];
      continue;
    }
    // A successor is only looked at: the fault was never done to it.
    const operation = id === recorded.id ? kind.undo(now) : null;
    if (operation && tried === 0) {
      tried++;
      yield { type: 'step.tick', step, text: `${name} is ${now.state}: ${operation}` };
      await ports.engine.perform(operation, now);
      how = cameBack(recorded, operation);
      continue;
    }
    const steadyMs = steady.since(now, ports.elapsed());
    if (steadyMs !== null && (now.health === 'healthy' || steadyMs >= STEADY_MS)) {
      // The watchdog has undone it before it came here, so that this is not somebody else's doing.
      how ||=
        (by === 'command' && !aborts && drift(fault, recorded, now, null).text) ||
        `${name} runs again`;
      return `${how}, ${now.health === 'healthy' ? 'healthy' : 'running'}`;
    }
    if (ports.elapsed() >= end) throw notWell(fault, now);
    if (operation) tried = 0; // It went down again after it had been started; the next round tries once more.
    yield {
      type: 'step.tick',
      step,
      text:
        steadyMs === null
          ? `${name} is ${now.state}, health ${now.health}: waiting`
          : `${name} runs; watching that it stays up`,
    };
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

/** How long a target has been well without a restart in between. */
class Steady {
  #start: string | null = null;
  #at: number | null = null;

  /** Milliseconds, or null while it is not well. */
  since(now: Instance, elapsed: number): number | null {
    const well = now.state === 'running' && (now.health === 'none' || now.health === 'healthy');
    if (!well) this.#at = null;
    else if (this.#at === null || this.#start !== now.started_at)
      [this.#start, this.#at] = [now.started_at, elapsed];
    return this.#at === null ? null : elapsed - this.#at;
  }
}

function cameBack(target: Instance, operation: Operation): string {
  return `${label(target)} ${operation === 'start' ? 'started' : 'unpaused'}`;
}

function gone(fault: Fault, target: Instance): Refusal {
  return new Refusal(
    'not_verified',
    `${label(target)} (${target.id.slice(0, 12)}) was removed, and nothing has its place.`,
    `Bring it back with \`docker compose up -d ${target.service}\` and recover again, or give it up with \`fault recover ${fault.id} --close "removed by hand"\`.`,
  );
}

function notWell(fault: Fault, now: Instance): Refusal {
  const code =
    now.exit_code === null || now.state === 'running' ? '' : `, exit code ${now.exit_code}`;
  return new Refusal(
    'not_verified',
    `${label(now)} is ${now.state}${code}, health ${now.health}, when the time was over.`,
    `fault recover ${fault.id} --within 2m`,
  );
}

function describeFault(fault: Fault): string {
  return `${fault.id}: ${fault.kind} ${fault.targets.map(label).join(', ')}`;
}
