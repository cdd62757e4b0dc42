/** What each verb of the lifecycle does with one process, and when it must not: a process that is not ours is never touched. */
import type { Instance } from '../../fault/instance.ts';
import type { ProcessService } from '../../story/story.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Verb, VerbOptions } from '../lifecycle.ts';
import { crashInstance, endInstance, STOP_MS } from './process-end.ts';
import type { Wanted } from './process-plan.ts';
import { readStanding, type Standing } from './process-record.ts';
import { setPaused } from './process-signal.ts';

/** What the engine knows of the stack that it started. */
export interface Owned {
  /** Absolute. */
  stateDir: string;
  /** Those of the story. */
  services: Record<string, ProcessService>;
  /** Starts what does not run. */
  start(wanted: Wanted): Promise<void>;
}

/** Throws EngineError, or as the functions that start and end one do. */
export async function performVerb(
  owned: Owned,
  verb: Verb,
  { id, service, number }: Instance,
  { signal, grace_ms }: VerbOptions = {},
): Promise<void> {
  const { stateDir } = owned;
  const standing = readStanding(stateDir, id);
  if (standing === null) {
    const next = 'Bring the stack up first: `chapter next`.';
    throw new EngineError(`There is no instance ${id} under ${stateDir}.`, {
      definite: true,
      reason: 'ESRCH',
      next,
    });
  }
  if (verb === 'start') return start(owned, { id, service, number }, standing);
  if (standing.bearer === 'foreign') {
    const pid = standing.generation?.command?.pid;
    const message = `${id} has ended, and its pid ${pid} belongs to another process now, which gameday does not touch.`;
    throw new EngineError(message, {
      definite: true,
      reason: 'foreign_pid',
      next: 'fault recover',
    });
  }
  switch (verb) {
    case 'kill':
      return endInstance(stateDir, id, { signal });
    case 'stop':
      return endInstance(stateDir, id, { grace_ms: grace_ms ?? STOP_MS });
    case 'crash':
      return crashInstance(standing);
    case 'pause':
    case 'unpause': {
      const paused = verb === 'pause';
      if (standing.state === (paused ? 'paused' : 'running')) return;
      if (standing.bearer === 'ours') return setPaused(standing, paused);
      const next = 'fault recover';
      throw new EngineError(`${id} cannot be ${verb}d: it is ${standing.state}.`, {
        definite: true,
        reason: standing.state,
        next,
      });
    }
  }
}

async function start(
  owned: Owned,
  { id, service, number }: Omit<Wanted, 'spec'>,
  { state }: Standing,
): Promise<void> {
  if (state === 'running' || state === 'restarting') return;
  if (state === 'paused') {
    throw new EngineError(`${id} cannot be started: it is paused.`, {
      definite: true,
      reason: 'paused',
      next: 'fault recover',
    });
  }
  const spec = owned.services[service];
  if (spec === undefined) {
    const next = `Put \`services.${service}\` back into the story, then \`fault recover\`.`;
    throw new EngineError(
      `${id} cannot be started: the story has no service ${service} any more.`,
      { definite: true, reason: 'no_service', next },
    );
  }
  await owned.start({ id, service, number, spec });
}
