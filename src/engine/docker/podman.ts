/** What Podman does otherwise than Docker, whose API it speaks. */
import type { Instance } from '../../fault/instance.ts';
import type { Hindrance } from '../engine.ts';
import type { Verb } from '../lifecycle.ts';
import type { InspectedContainer } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';

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

/** What a rootless Podman cannot do to any container. */
export async function whyNotRootless(api: DockerApi, verb: Verb): Promise<Hindrance | null> {
  if (!isPodman(api) || (verb !== 'pause' && verb !== 'crash')) return null;
  const info = (await api.read<HostInfo>('/info')) ?? {};
  if (!isRootless(info)) return null;
  if (verb === 'crash')
    return {
      why: 'Podman runs rootless, and a signal behind its back does not reach the container',
      next: 'Use `fault inject kill`, or Podman as root.',
    };
  if (info.CgroupVersion === '2') return null;
  return {
    why: 'Podman runs rootless, and freezes no container without cgroups v2',
    next: 'Use `fault inject stop`, or Podman as root.',
  };
}
