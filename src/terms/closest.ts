/** "Did you mean": the nearest of some names, or null when none is near enough to be a slip of the hand. */
import { distance } from 'fastest-levenshtein';

export function closest(word: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const steps = distance(word.toLowerCase(), name.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [name, steps];
  }
  return best;
}
