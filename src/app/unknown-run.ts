/** A run that somebody named and that is not there. */
import { newestRuns } from '../journal/index.ts';
import { Refusal } from '../terms/outcomes.ts';

const MOST_NAMED = 5;

/** `unknown_run`, with the newest ones there are. */
export function unknownRun(stateDir: string, id: string, next: string): Refusal {
  const newest = newestRuns(stateDir, MOST_NAMED).reverse();
  const known = newest.length > 0 ? `The newest are ${newest.join(', ')}.` : 'There is none yet.';
  return new Refusal('unknown_run', `There is no run "${id}" in ${stateDir}. ${known}`, next);
}
