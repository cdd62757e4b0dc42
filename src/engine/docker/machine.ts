/** What the machine of an engine has, and what of it a container uses. */
import type { Amounts } from '../../fault/resource-effect.ts';
import type { Limits } from './container-limits.ts';
import type { DockerApi } from './docker-api.ts';

/** Infinity: as much as the machine has; what that is, it says itself. */
export async function mostOf(api: DockerApi, limits: Limits): Promise<Amounts> {
  if (limits.cpus < Infinity && limits.memory < Infinity) return limits;
  const info = (await api.read<{ NCPU?: number; MemTotal?: number }>('/info')) ?? {};
  return {
    cpus: Math.min(limits.cpus, info.NCPU ?? Infinity),
    memory: Math.min(limits.memory, info.MemTotal ?? Infinity),
  };
}

/** What the engine counts of a container: of its processes, and of those beside it that count as its own. */
export interface Usage {
  /** ISO. */
  at: string;
  /** Nanoseconds of processor time, since it began. */
  cpu_ns: number;
  /** Bytes, without the cache that is given up where room is needed. */
  memory: number;
}

export async function readUsage(api: DockerApi, id: string): Promise<Usage> {
  const stats = await api.read<{
    read?: string;
    cpu_stats?: { cpu_usage?: { total_usage?: number } };
    memory_stats?: { usage?: number; stats?: Record<string, number> };
  }>(`/containers/${id}/stats?stream=false&one-shot=true`);
  const { usage = 0, stats: parts = {} } = stats?.memory_stats ?? {};
  return {
    at: stats?.read ?? '',
    cpu_ns: stats?.cpu_stats?.cpu_usage?.total_usage ?? 0,
    memory: usage - (parts.total_inactive_file ?? parts.inactive_file ?? 0),
  };
}

/** Processors that were in use between the two. */
export function cpusBetween(before: Usage, after: Usage): number {
  const ms = Date.parse(after.at) - Date.parse(before.at);
  return (after.cpu_ns - before.cpu_ns) / 1e6 / ms;
}
