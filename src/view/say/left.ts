/** Whom a fault hits and what is left of the stack, in one line: `killing etcd-2; 2 of 3 are untouched (a majority)`. */
import type { Left } from '../../fault/guards.ts';

export function sayLeft(doing: string, targets: readonly string[], left: readonly Left[]): string {
  const what = `${doing} ${targets.join(', ')}`;
  const [only, ...more] = left;
  if (!only) return what;
  if (more.length > 0)
    return `${what}; untouched: ${left.map((each) => `${share(each)} of ${each.service}${majority(each)}`).join(', ')}`;
  if (only.of === 1) return `${what}; ${only.service} has no other instance`;
  const are = only.untouched === 1 ? 'is' : 'are';
  return `${what}; ${share(only)} ${are} untouched${majority(only)}`;
}

function share({ untouched, of }: Left): string {
  return `${untouched === 0 ? 'none' : untouched} of ${of}`;
}

/** Of two, to have one left or not is all that can be said. */
function majority({ of, majority }: Left): string {
  if (of < 3) return '';
  return majority ? ' (a majority)' : ' (no majority)';
}
