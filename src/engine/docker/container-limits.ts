/** How much a container may use, by what the engine says of it. Pure. */
import type { ContainerLimits } from './docker-instance.ts';

/** Of a quota, in microseconds, where the container has none of its own. */
export const PERIOD_US = 100_000;
/** No machine has so much. */
const LIMITLESS = 2 ** 60;

/** What a container may use; Infinity: as much as there is. */
export interface Limits {
  cpus: number;
  /** Bytes. */
  memory: number;
}

export function limitsOf({ nano_cpus, cpu_period, cpu_quota, memory }: ContainerLimits): Limits {
  const quota = cpu_quota > 0 ? cpu_quota / (cpu_period || PERIOD_US) : Infinity;
  return {
    cpus: nano_cpus > 0 ? nano_cpus / 1e9 : quota,
    memory: memory > 0 && memory < LIMITLESS ? memory : Infinity,
  };
}

/** What is so close is the same: a quota is a whole number of microseconds. */
export function isSameShare(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) < 1e-6;
}
