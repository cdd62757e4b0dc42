/** Random numbers that a seed repeats. Pure but for the state of the sequence. */

/**
 * Mulberry32: the same seed gives the same sequence of numbers from 0 to below 1. `seed`: an unsigned 32-bit integer.
 * Good enough to spread keys and to choose targets; not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
