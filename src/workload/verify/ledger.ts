/**
 * Records the writes that a store acknowledged, and says which values a read at the end may find. Pure: times and
 * outcomes are handed in. Each key is a register that several operations may write at once:
 * - A write may be the last value unless an acknowledged write to the same key started after it had ended.
 * - A write that was not acknowledged may have happened, also late: its value is allowed at any time.
 * - No value is allowed only where no write of the key was acknowledged.
 * In doubt the ledger is in favour of the store: it calls no value lost or stale that may be correct.
 *
 * A key costs 24 bytes, and more only while several of its values are possible. Of the writes that were not acknowledged
 * a few are kept one by one for each key, older ones as a range: a stale value from inside such a range is not seen.
 */

/** Which write of the load, counted from 0. */
export type WriteNumber = number;

/** `well`: an allowed value. `lost`: no value. `stale`: an older value than the last acknowledged one. `foreign`: a value that this load did not write. */
export type Judgement = 'well' | 'lost' | 'stale' | 'foreign';

/** Ranges of unacknowledged writes that are kept apart for each key. */
export const MOST_RANGES = 16;

const FIRST_KEYS = 1024;

interface Acknowledged {
  write: WriteNumber;
  endMs: number;
}

export class Ledger {
  readonly keys: number;
  /** Of each key: the latest start of an acknowledged write; below nought: none was acknowledged. */
  #barrier: Float64Array;
  /** Of each key: one acknowledged write that may be the last one, and when it ended. */
  #last: Float64Array;
  #end: Float64Array;
  /** Further acknowledged writes that may be the last one, where some ran at the same time. */
  readonly #rivals = new Map<number, Acknowledged[]>();
  /** Writes that may have happened, as ranges: first, last, first, last, … from small to great. */
  readonly #unsure = new Map<number, number[]>();
  /** When those that are under way began; never more than the load allows at once. */
  readonly #open = new Map<WriteNumber, number>();
  #acknowledged = 0;
  #written = 0;
  /** The greatest number of a write that began. */
  #newest = -1;

  constructor(keys: number) {
    this.keys = keys;
    const size = Math.min(keys, FIRST_KEYS);
    this.#barrier = new Float64Array(size).fill(-1);
    this.#last = new Float64Array(size);
    this.#end = new Float64Array(size);
  }

  /** Keys are taken in turn, so a key space that is never used up costs nothing. */
  #makeRoomFor(key: number): void {
    const before = this.#barrier.length;
    if (key < before) return;
    const size = Math.min(this.keys, Math.max(key + 1, before * 2));
    const grown = (from: Float64Array, rest: number) => {
      const to = new Float64Array(size).fill(rest, before);
      to.set(from);
      return to;
    };
    this.#barrier = grown(this.#barrier, -1);
    this.#last = grown(this.#last, 0);
    this.#end = grown(this.#end, 0);
  }

  /** Writes that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Keys with an acknowledged write. */
  get written(): number {
    return this.#written;
  }

  /** A write is about to be sent. `startMs`: by a clock that never jumps, not below nought. */
  begin(write: WriteNumber, startMs: number): void {
    this.#open.set(write, startMs);
    if (write > this.#newest) this.#newest = write;
  }

  /** The store said that it is done. Calls come in the order of their times. `key`: from 0, below the number of keys. */
  acknowledge(write: WriteNumber, key: number, endMs: number): void {
    const startMs = this.#close(write);
    if (startMs === null) return;
    this.#acknowledged++;
    this.#makeRoomFor(key);
    const before = this.#barrier[key] as number;
    const barrier = Math.max(before, startMs);
    this.#barrier[key] = barrier;
    if (before < 0) this.#written++;
    else if ((this.#end[key] as number) >= barrier)
      this.#addRival(key, { write: this.#last[key] as number, endMs: this.#end[key] as number });
    this.#last[key] = write;
    this.#end[key] = endMs;
    const rivals = this.#rivals.get(key)?.filter((each) => each.endMs >= barrier);
    if (rivals && rivals.length > 0) this.#rivals.set(key, rivals);
    else if (rivals) this.#rivals.delete(key);
  }

  #addRival(key: number, rival: Acknowledged): void {
    const rivals = this.#rivals.get(key);
    if (rivals) rivals.push(rival);
    else this.#rivals.set(key, [rival]);
  }

  /** It failed or timed out: it may have happened, or may still happen. */
  doubt(write: WriteNumber, key: number): void {
    if (this.#close(write) !== null) this.suspect(write, key);
  }

  /** A copy of it may still be on its way to the store, whatever happens to the others. */
  suspect(write: WriteNumber, key: number): void {
    const ranges = this.#unsure.get(key);
    if (!ranges) return void this.#unsure.set(key, [write, write]);
    let at = ranges.length;
    while (at > 0 && (ranges[at - 2] as number) > write) at -= 2;
    if (at > 0 && (ranges[at - 1] as number) >= write) return;
    ranges.splice(at, 0, write, write);
    if (ranges.length > 2 * MOST_RANGES) mergeClosest(ranges);
  }

  /** When the write began; null for one that is not under way. */
  #close(write: WriteNumber): number | null {
    const startMs = this.#open.get(write);
    this.#open.delete(write);
    return startMs ?? null;
  }

  /** Keys with an acknowledged write, from small to great. */
  *writtenKeys(): Generator<number> {
    for (let key = 0; key < this.#barrier.length; key++)
      if ((this.#barrier[key] as number) >= 0) yield key;
  }

  /** `found`: the write whose value was read; null for nothing, `foreign` for a value of none of these writes. */
  judge(key: number, found: WriteNumber | 'foreign' | null): Judgement {
    if ((this.#barrier[key] ?? -1) < 0) return 'well';
    if (found === null) return 'lost';
    if (found === 'foreign' || found < 0 || found > this.#newest) return 'foreign';
    if (found === this.#last[key] || this.#rivals.get(key)?.some(({ write }) => write === found))
      return 'well';
    return this.#mayHaveHappened(key, found) ? 'well' : 'stale';
  }

  #mayHaveHappened(key: number, write: WriteNumber): boolean {
    const ranges = this.#unsure.get(key) ?? [];
    for (let at = 0; at < ranges.length; at += 2)
      if ((ranges[at] as number) <= write && write <= (ranges[at + 1] as number)) return true;
    return false;
  }
}

/** Two neighbours become one range. The closest ones, since during an outage nothing is acknowledged between them. */
function mergeClosest(ranges: number[]): void {
  let closest = 2;
  const gapBefore = (at: number) => (ranges[at] as number) - (ranges[at - 1] as number);
  for (let at = 4; at < ranges.length; at += 2)
    if (gapBefore(at) < gapBefore(closest)) closest = at;
  ranges.splice(closest - 1, 2);
}
