/** When what has failed is tried again. Pure. */

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Doubled each time, up to a minute. `tries`: from 1. */
export function retryMs(tries: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1));
}
