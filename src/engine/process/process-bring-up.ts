/** Brings one process up that is not there yet, and waits until it is well, or says why it is not. */
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../../terms/outcomes.ts';
import type { Engine } from '../engine.ts';
import { isPortFree } from './process-health.ts';
import { lastWords, logPath } from './process-log.ts';
import type { Wanted } from './process-plan.ts';
import { readRoute } from './process-ports.ts';

/** A service without a health check is up when it has lived this long. */
const SETTLED_MS = 1000;
const LOOK_EVERY_MS = 50;
/** Another stack may take a port between the look that finds it free and the start. */
const TRIES = 3;

export interface BringUp {
  start(wanted: Wanted): Promise<void>;
  /** Ends what is left of a start that failed. */
  clearAway(id: string): Promise<void>;
  inspect: Engine['inspect'];
  /** As long as a service may take until its health check is met. */
  healthyWithinMs: number;
  signal: AbortSignal;
}

/**
 * `stateDir`: absolute. Throws as `start` does, EngineError `start_failed`, or for the signal an AbortError or its
 * reason; what was started is left for the caller to take down.
 */
export async function bringUp(stateDir: string, wanted: Wanted, by: BringUp): Promise<void> {
  for (let tries = 1; ; tries++) {
    const ended = await bringUpOnce(stateDir, wanted, by);
    if (!ended) return;
    if (tries === TRIES || !(await isPortLost(stateDir, wanted.id))) throw ended;
    await by.clearAway(wanted.id);
  }
}

/** Whether somebody else listens where this instance, which has ended, was to. */
async function isPortLost(stateDir: string, id: string): Promise<boolean> {
  const route = readRoute(stateDir, id);
  return route !== null && !(await isPortFree(route.to));
}

/** Resolves to what is to be said of one that ended at once; null: it is up. */
async function bringUpOnce(
  stateDir: string,
  wanted: Wanted,
  { start, inspect, healthyWithinMs, signal }: BringUp,
): Promise<EngineError | null> {
  signal.throwIfAborted();
  const { id, spec } = wanted;
  await start(wanted);
  const endMs = performance.now() + (spec.health ? healthyWithinMs : SETTLED_MS);
  for (;;) {
    const now = await inspect(id, signal);
    if (now === null || now.state !== 'running' || now.restart_count > 0) {
      return failure(
        stateDir,
        wanted,
        `ended at once with exit code ${now?.exit_code ?? 'unknown'}`,
      );
    }
    if (now.health === 'healthy') return null;
    if (performance.now() > endMs) {
      if (spec.health === null) return null;
      throw failure(stateDir, wanted, `was not healthy within ${healthyWithinMs / 1000} s`);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function failure(stateDir: string, { id, service, spec }: Wanted, what: string): EngineError {
  const log = logPath(stateDir, id);
  const next = `Correct \`services.${service}\` in the story, then try again; its output is in ${log}.`;
  return new EngineError(`${id} (${spec.command[0]}) ${what}.${lastWords(log)}`, {
    definite: true,
    reason: 'start_failed',
    next,
  });
}
