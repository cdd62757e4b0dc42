/** What Podman does otherwise than Docker, whose API it speaks. */
import type { Instance } from '../../fault/instance.ts';
import type { Hindrance } from '../engine.ts';
import type { Verb } from '../lifecycle.ts';
import type { InspectedContainer } from './docker-answers.ts';
import { type DockerApi, NOBODY } from './docker-api.ts';

const ASK_MS = 30_000;

/** `GET /info`, as far as it tells engines apart. */
export interface HostInfo {
  ID?: string;
  Name?: string;
  DockerRootDir?: string;
  SecurityOptions?: string[] | null;
  CgroupVersion?: string;
}

export function isPodman({ engine }: Pick<DockerApi, 'engine'>): boolean {
  return engine.startsWith('Podman');
}

/** Podman draws another id for each answer; its machine and where it keeps its containers tell it from every other one. Null: it says neither. */
export function podmanId({ Name, DockerRootDir }: HostInfo): string | null {
  return Name && DockerRootDir ? `podman ${Name} ${DockerRootDir}` : null;
}

export function isRootless({ SecurityOptions }: HostInfo): boolean {
  return (SecurityOptions ?? []).some((option) => /^name=rootless/.test(option));
}

/** How a Podman runs, as it says by its own API: what it answers to Docker's clients does not tell. */
export interface PodmanFacts {
  rootless: boolean;
  /** Version of the control groups: `1`, `2`; null where it does not say. */
  cgroup: string | null;
}

/** Throws as `DockerApi.read` does. */
export async function readPodman(api: DockerApi): Promise<PodmanFacts> {
  const info = await api.read<{
    host?: { cgroupVersion?: string; security?: { rootless?: boolean } };
  }>('/libpod/info');
  return {
    rootless: info?.host?.security?.rootless === true,
    cgroup: info?.host?.cgroupVersion?.replace('v', '') ?? null,
  };
}

/**
 * Podman has systemd run its health checks, and says `starting` for ever where there is none. A check that should have told by
 * now, and never has in this life of the container, is nobody's: the container has no health then. Pure.
 */
export function healthAsRun(
  instance: Instance,
  { State }: InspectedContainer,
  nowMs: number,
): Instance {
  const startedMs = Date.parse(instance.started_at ?? '');
  const { healthy_within_ms: withinMs } = instance;
  if (instance.health !== 'starting' || withinMs === null) return instance;
  const isToldOf = (State.Health?.Log ?? []).some(({ Start }) => Date.parse(Start) >= startedMs);
  return isToldOf || nowMs - startedMs <= withinMs ? instance : { ...instance, health: 'none' };
}

/** Why a rootless Podman would not do the verb. `isWithinReach`: we may signal the target's first process ourselves. */
export async function whyNotRootless(
  api: DockerApi,
  verb: Verb,
  isWithinReach: () => boolean,
): Promise<Hindrance | null> {
  if (!isPodman(api) || (verb !== 'pause' && verb !== 'crash')) return null;
  const { rootless, cgroup } = await readPodman(api);
  if (!rootless) return null;
  if (verb === 'crash' && !isWithinReach())
    return {
      why: 'Podman runs rootless, and we may not signal its processes from here',
      next: 'Run gameday on its machine as its user, or use `fault inject kill`.',
    };
  if (verb === 'crash' || cgroup === '2') return null;
  return {
    why: 'Podman runs rootless, and freezes no container without cgroups v2',
    next: 'Use `fault inject stop`, or Podman as root.',
  };
}

/** Why the limits of a container that runs cannot be changed. Changes nothing. Throws as `DockerApi.read` does, or EngineError. */
export async function whyNoLimits(api: DockerApi): Promise<Hindrance | null> {
  if (!isPodman(api)) return null;
  const { rootless, cgroup } = await readPodman(api);
  if (rootless && cgroup !== '2')
    return {
      why: 'Podman runs rootless, and limits no container without cgroups v2',
      next: 'Use Podman as root.',
    };
  const path = `/containers/${NOBODY}/update`;
  const asked = { timeoutMs: ASK_MS, body: {} };
  const { status, body } = await api.change('test of a change of limits', path, asked);
  // What it does not know at all it answers with a bare word; of a container that there is not it says so.
  if (status !== 404 || body.toString().trimStart().startsWith('{')) return null;
  return {
    why: `${api.engine} changes no limits of a container that runs`,
    next: 'Choose another kind of fault, or a newer Podman.',
  };
}
