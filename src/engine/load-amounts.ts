/** How much of a machine a load may take, and how that is said. Pure. */
import type { Hindrance } from './engine.ts';

const MB = 1024 ** 2;
/** Of its memory a machine keeps free for the others. */
const RESERVE_SHARE = 0.1;
const LEAST_RESERVE = 128 * MB;

/** Bytes that are kept free, of a machine with so many. */
export function reserveOf(memory: number): number {
  return Math.floor(Math.max(LEAST_RESERVE, memory * RESERVE_SHARE));
}

/** Why so many bytes are not taken of a machine; null: they are. */
export function whyShort(
  bytes: number,
  machine: { memory: number; memory_free: number },
): Hindrance | null {
  const reserve = reserveOf(machine.memory);
  if (machine.memory_free - bytes >= reserve) return null;
  return {
    why: `${megabytes(bytes)} of the ${megabytes(machine.memory_free)} that its machine has left would leave less than the ${megabytes(reserve)} that are kept for the others`,
    next: 'Choose a smaller --size or --share.',
  };
}

/** `0.5 processors` */
export function cpusText(cpus: number): string {
  const rounded = Math.round(cpus * 100) / 100;
  return `${rounded} ${rounded === 1 ? 'processor' : 'processors'}`;
}

/** `64mb` */
export function megabytes(bytes: number): string {
  return `${Math.round((bytes / MB) * 10) / 10}mb`;
}
