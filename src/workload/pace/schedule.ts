/**
 * When each operation of a load is due: the integral of its rate, turned round. So a ramp issues exactly as many as its
 * rate says, without a burst where it begins or ends, and every start comes from its number and not from the one before,
 * so that nothing adds up. Pure.
 */
import type { PaceSpec, WorkloadSpec } from '../../story/workload-spec.ts';

/** How long after its start the rate of a load stands still, by its story. */
export function steadyAfterMs(spec: WorkloadSpec): number {
  return 'ramp' in spec ? spec.ramp.reduce((sum, { over_ms }) => sum + over_ms, 0) : 0;
}

/** A stretch in which the rate is linear. */
interface Stretch {
  /** Milliseconds from the beginning. */
  fromMs: number;
  toMs: number;
  /** Operations that are due before it, a broken number. */
  before: number;
  /** Operations a millisecond, at its beginning. */
  rate: number;
  /** How much that grows in a millisecond; 0 where the rate stands. */
  growth: number;
}

export class Schedule {
  readonly #stretches: Stretch[] = [];
  /** The one in which the newest start lay. */
  #at = 0;
  /** When the rate stands still for good. */
  readonly steadyAtMs: number;

  constructor({ rate, ramp }: Pick<PaceSpec, 'rate' | 'ramp'>) {
    let [fromMs, before, now] = [0, 0, rate / 1000];
    for (const { to, over_ms } of ramp) {
      const then = to / 1000;
      this.#stretches.push({
        fromMs,
        toMs: fromMs + over_ms,
        before,
        rate: now,
        growth: (then - now) / over_ms,
      });
      before += ((now + then) / 2) * over_ms;
      fromMs += over_ms;
      now = then;
    }
    this.#stretches.push({ fromMs, toMs: Number.POSITIVE_INFINITY, before, rate: now, growth: 0 });
    this.steadyAtMs = fromMs;
  }

  /** Milliseconds from the beginning at which the operation of this number is due; the first, 0, at once. Quick for ascending numbers. */
  startOf(number: number): number {
    const stretches = this.#stretches;
    while (this.#at > 0 && (stretches[this.#at] as Stretch).before > number) this.#at--;
    while (this.#at + 1 < stretches.length && (stretches[this.#at + 1] as Stretch).before <= number)
      this.#at++;
    const { fromMs, before, rate, growth } = stretches[this.#at] as Stretch;
    const left = number - before;
    if (growth === 0) return fromMs + left / rate;
    // The root of rate·t + growth·t²/2 = left that lies in the stretch, in the form that loses nothing where growth is near 0.
    return fromMs + (2 * left) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * growth * left)));
  }

  /** The number of the first operation that is due at this time or later, to a millionth of an operation. */
  firstFrom(elapsedMs: number): number {
    const stretch = this.#stretches.findLast(({ fromMs }) => fromMs <= elapsedMs) as Stretch;
    const t = elapsedMs - stretch.fromMs;
    return Math.max(
      0,
      Math.ceil(stretch.before + stretch.rate * t + (stretch.growth * t * t) / 2 - 1e-6),
    );
  }
}
