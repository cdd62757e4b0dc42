/** What can be asked of the Docker engine about the life of one container, and what each of its answers means. */
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Hindrance } from '../engine.ts';
import type { LifecycleVerbs, Verb, VerbOptions } from '../lifecycle.ts';
import { type DockerApi, NOBODY, wordsOf } from './docker-api.ts';
import { crashContainer, isWithinReach } from './docker-crash.ts';
import type { ContainerRecord } from './docker-instance.ts';
import { whyNotRootless } from './podman.ts';

const CHANGE_MS = 30_000;
/** What Docker itself waits between SIGTERM and SIGKILL, where the container says nothing else. */
const STOP_S = 10;
/** For a container that asks to be waited for without end. */
const LONGEST_STOP_S = 600;

/** In which states that is so already which a verb is there for. */
const DONE: Record<Exclude<Verb, 'crash'>, readonly string[]> = {
  kill: ['exited', 'created', 'dead'],
  stop: ['exited', 'created', 'dead'],
  pause: ['paused'],
  unpause: ['running'],
  start: ['running', 'restarting'],
};

/** `anew`: what a person types to have another container made for a service; null: nothing does. */
export function dockerVerbs(
  api: DockerApi,
  inspect: LifecycleVerbs['inspect'],
  anew: (service: string) => string | null = () => null,
): LifecycleVerbs {
  return {
    inspect,
    stopMs,
    whyNot: (verb, target) => whyNot(api, verb, target),
    async perform(verb, target, options = {}) {
      if (verb === 'crash') return crash(api, inspect, target);
      const what = `${verb} of ${label(target)}`;
      const path = `/containers/${encodeURIComponent(target.id)}/${pathOf(verb, options)}`;
      const timeoutMs =
        verb === 'stop' ? (options.grace_ms ?? stopMs(target)) + CHANGE_MS : CHANGE_MS;
      const { status, body } = await api.change(what, path, { timeoutMs });
      if (status < 300 || status === 304) return;
      const now = await inspect(target.id).catch(() => undefined);
      // What is not there may also be something that the container needs: a network that somebody removed.
      if (status === 404 && now === null) throw gone(verb, target);
      if (now && DONE[verb].includes(now.state)) return;
      // A kill or stop that the engine gave up waiting for may still come; of the rest it says how it stands.
      const isUntouched = now?.state === target.state && now.incarnation === target.incarnation;
      const definite = status < 500 || (isUntouched && verb !== 'kill' && verb !== 'stop');
      const message = `The ${what} failed: ${wordsOf(body)} (${status}).`;
      const next = verb === 'start' ? startNext(anew(target.service)) : 'fault list';
      throw new EngineError(message, { definite, reason: status, next });
    },
  };
}

/** The engine has said what stands in the way: a port that is taken, a network or a file that is gone. */
function startNext(anew: string | null): string {
  const instead = anew === null ? '' : ` or have the container made anew with \`${anew}\`,`;
  return `Put that right,${instead} then \`fault recover\`.`;
}

/** A proxy before the engine may let some verbs through and not those that undo them. Where it does, there is no such container. */
async function whyNot(
  api: DockerApi,
  verb: Verb,
  { id, record }: Instance,
): Promise<Hindrance | null> {
  if (verb !== 'start' && verb !== 'unpause') {
    const { pid } = record as Partial<ContainerRecord>;
    const { by } = api.endpoint.transport;
    return whyNotRootless(api, verb, () => typeof pid === 'number' && isWithinReach(by, id, pid));
  }
  const { status, body } = await api.change(`test of ${verb}`, `/containers/${NOBODY}/${verb}`, {
    timeoutMs: CHANGE_MS,
  });
  if (![401, 403, 405, 501].includes(status)) return null;
  return {
    why: `the engine does not let us ${verb} a container afterwards: ${wordsOf(body)} (${status})`,
    next: 'Let what stands before the engine allow that, and try again.',
  };
}

function pathOf(verb: Exclude<Verb, 'crash'>, { signal, grace_ms }: VerbOptions): string {
  if (verb === 'kill') return `kill?signal=${signal ?? 'KILL'}`;
  if (verb === 'stop' && grace_ms !== undefined) return `stop?t=${Math.ceil(grace_ms / 1000)}`;
  return verb;
}

/** By the container's own word. */
function stopMs({ record }: Instance): number {
  const { stop_timeout_s } = record as Partial<ContainerRecord>;
  const seconds = stop_timeout_s ?? STOP_S;
  return (seconds < 0 ? LONGEST_STOP_S : seconds) * 1000;
}

async function crash(
  api: DockerApi,
  inspect: LifecycleVerbs['inspect'],
  target: Instance,
): Promise<void> {
  const now = await definitely(() => inspect(target.id));
  if (!now) throw gone('crash', target);
  return crashContainer(api, target, now, () => inspect(target.id));
}

/** A look before a deed: when it fails, the deed surely did not happen, and that is said in the deed's way. */
async function definitely<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new EngineError(
      error.message,
      { definite: true, reason: error.code, next: error.next },
      { cause: error },
    );
  }
}

function gone(verb: Verb, target: Instance): EngineError {
  const message = `The ${verb} of ${label(target)} did not happen: there is no container ${target.id.slice(0, 12)} any more.`;
  return new EngineError(message, { definite: true, reason: 404, next: 'fault list' });
}
