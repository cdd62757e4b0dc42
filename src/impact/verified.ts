/** What came of reading back every acknowledged write: the figures, the sentence, and whether the hypothesis held. Pure. */
import * as v from 'valibot';

/** Keys are named up to here; the rest is counted. */
export const MOST_NAMED = 10;

/** How many keys, and the first of them from small to great. */
const Named = v.object({ count: v.number(), keys: v.array(v.number()) });

export const VerifiedSchema = v.object({
  /** Writes that the store acknowledged, and to how many keys. */
  acknowledged: v.number(),
  keys: v.number(),
  /** Nothing is there. */
  lost: Named,
  /** An older value than the last acknowledged one. */
  stale: Named,
  /** A value that this load did not write. */
  foreign: Named,
  /** No answer, or not in time: nothing is known of them. */
  unreadable: Named,
  /** ISO: from when on writes are in the book. */
  since: v.string(),
  /** There were writes before, whose book was lost with a watchdog that was killed. */
  incomplete: v.boolean(),
});

export type Verified = v.InferOutput<typeof VerifiedSchema>;

/** Acknowledged writes are not there: the store did not keep its word. What could not be read proves nothing. */
export function isBroken({ lost, stale, foreign }: Verified): boolean {
  return lost.count + stale.count + foreign.count > 0;
}

/** `29,876 acknowledged writes on 29,876 keys read back: 3 lost (17, 40, 9112), 1 stale (88), 2 not readable`. */
export function describeVerified(verified: Verified): string {
  const { acknowledged, keys, lost, stale, foreign, unreadable, since, incomplete } = verified;
  const found = [
    counted(lost, 'lost'),
    counted(stale, 'stale'),
    counted(foreign, 'with a value that this load did not write'),
    counted(unreadable, 'not readable'),
  ].filter((each) => each !== '');
  const what =
    acknowledged === 0
      ? 'no write was acknowledged, so there is nothing to read back'
      : `${grouped(acknowledged)} acknowledged ${acknowledged === 1 ? 'write' : 'writes'} on ${grouped(keys)} ${keys === 1 ? 'key' : 'keys'} read back: ` +
        (found.length > 0 ? found.join(', ') : 'all there');
  return incomplete ? `${what}; writes before ${since.slice(11, 19)} are not verified` : what;
}

/** `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

function counted({ count, keys }: Verified['lost'], what: string): string {
  if (count === 0) return '';
  const more = count - keys.length;
  const named =
    keys.length === 0 ? '' : ` (${keys.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''})`;
  return `${grouped(count)} ${what}${named}`;
}
