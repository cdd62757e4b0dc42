/**
 * One direction of a connection: what comes in is written on at once, or waits for its time, for its share of a bandwidth, or
 * for the end of a partition. The order is kept. Who sends is held back when much waits, as TCP does it.
 */
import type { Delay, Limit } from './disturbance.ts';

/** So much waits at most, before who sends is held back. What is on a long line is on its way, and not in a queue. */
const QUEUE_BYTES = 64 * 1024;
const LINE_BYTES = 16 * 1024 * 1024;
/** What goes at once under a bandwidth is what it carries in this time. */
const SLICE_MS = 20;

export interface Rein {
  held: boolean;
  delays: readonly Delay[];
  limits: readonly Limit[];
}

export interface Ends {
  rein(): Rein;
  /** False where the other end is full; `onDrain` is called when it is not any more. */
  write(chunk: Buffer): boolean;
  finish(): void;
  /** Who sent is gone without a proper end. */
  breakOff(): void;
  /** Who sends is to wait, or to go on. */
  holdBack(waits: boolean): void;
}

interface Piece {
  what: Buffer | 'end' | 'broken';
  due: number;
}

export class Pipe {
  readonly #ends: Ends;
  #pieces: Piece[] = [];
  #bytes = 0;
  #lastDue = 0;
  #isFull = false;
  #heldBack = false;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  push(chunk: Buffer): void {
    const { held, delays, limits } = this.#ends.rein();
    const isFree = !held && delays.length === 0 && limits.length === 0;
    if (isFree && this.#pieces.length === 0 && !this.#isFull) {
      if (!this.#ends.write(chunk)) {
        this.#isFull = true;
        this.#balance();
      }
      return;
    }
    this.#add(chunk, delays);
  }

  end(): void {
    this.#add('end', this.#ends.rein().delays);
  }

  breakOff(): void {
    this.#add('broken', this.#ends.rein().delays);
  }

  onDrain(): void {
    this.#isFull = false;
    this.flow();
  }

  /** Lets through what may go now; called when the rules have changed as well. */
  flow(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    while (!this.#closed && this.#pieces.length > 0 && !this.#isFull) {
      const { held, limits } = this.#ends.rein();
      if (held) break;
      const now = performance.now();
      const piece = this.#pieces[0] as Piece;
      const at = Math.max(piece.due, ...limits.map(({ free_at }) => free_at));
      if (at > now) {
        this.#timer = setTimeout(() => this.flow(), at - now);
        break;
      }
      this.#pass(piece, limits, now);
    }
    this.#balance();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#pieces = [];
  }

  #add(what: Piece['what'], delays: readonly Delay[]): void {
    const wanted = delays.reduce(
      (sum, { ms, jitter_ms }) => sum + Math.max(0, ms + (2 * Math.random() - 1) * jitter_ms),
      performance.now(),
    );
    this.#lastDue = Math.max(this.#lastDue, wanted);
    this.#pieces.push({ what, due: this.#lastDue });
    if (typeof what === 'object') this.#bytes += what.length;
    if (this.#pieces.length === 1 && !this.#isFull) this.flow();
    else this.#balance();
  }

  #pass(piece: Piece, limits: readonly Limit[], now: number): void {
    const { what: chunk } = piece;
    if (typeof chunk === 'string') {
      this.#pieces.shift();
      if (chunk === 'end') this.#ends.finish();
      else this.#ends.breakOff();
      return;
    }
    const most = Math.min(...limits.map((limit) => limit.bytes_per_ms * SLICE_MS));
    const length = Math.min(chunk.length, Math.max(1, Math.floor(most)));
    const slice = chunk.subarray(0, length);
    if (length === chunk.length) this.#pieces.shift();
    else piece.what = chunk.subarray(length);
    this.#bytes -= length;
    // A timer is late by a little each time; that much may be made up for.
    for (const limit of limits)
      limit.free_at = Math.max(limit.free_at, now - SLICE_MS) + length / limit.bytes_per_ms;
    if (!this.#ends.write(slice)) this.#isFull = true;
  }

  #balance(): void {
    const { held, limits } = this.#ends.rein();
    const room = held || limits.length > 0 ? QUEUE_BYTES : LINE_BYTES;
    const waits = this.#isFull || this.#bytes >= room;
    if (waits === this.#heldBack) return;
    this.#heldBack = waits;
    this.#ends.holdBack(waits);
  }
}
