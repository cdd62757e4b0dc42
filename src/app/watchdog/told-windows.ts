/**
 * Windows of a load that has a way of ours to what it loads: those in which the way was cut say nothing of that, and are left
 * out. Whether it was is known a moment later, until when a window waits.
 */
import type { Way } from '../../engine/engine.ts';
import type { Window } from '../../impact/windows.ts';

export class ToldWindows {
  readonly #ways: readonly Way[];
  readonly #keep: (window: Window) => void;
  readonly #say: (text: string) => void;
  readonly #waiting: Window[] = [];
  #isCut = false;

  /** `keep` gets each that is left, in their order. `say`: once for each time that the way is cut. */
  constructor(ways: readonly Way[], keep: (window: Window) => void, say: (text: string) => void) {
    this.#ways = ways;
    this.#keep = keep;
    this.#say = say;
  }

  add(window: Window): void {
    this.#waiting.push(window);
    this.#tell(false);
  }

  /** What is not known by now never will be. */
  end(): void {
    this.#tell(true);
  }

  #tell(isLast: boolean): void {
    for (let window = this.#waiting[0]; window; window = this.#waiting[0]) {
      const { at, dt_ms } = window;
      const cuts = this.#ways.map((way) => way.wasCutBetween(at, at + dt_ms));
      if (!isLast && cuts.includes(null) && !cuts.includes(true)) return;
      this.#waiting.shift();
      const isCut = cuts.includes(true);
      if (isCut && !this.#isCut)
        this.#say('the way to it was cut; what was not measured meanwhile is a gap');
      this.#isCut = isCut;
      if (!isCut) this.#keep(window);
    }
  }
}
