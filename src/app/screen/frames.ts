/** When the screen is drawn: soon after a key, and at most four times a second for what changes by itself. */

const FRAME_MS = 250;
const KEY_MS = 10;
/** The clock, and what grows with the time. */
const TICK_MS = 1000;

export class Frames {
  readonly #draw: () => void;
  readonly #tick: NodeJS.Timeout;
  #timer: { at: number; handle: NodeJS.Timeout } | null = null;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(draw: () => void) {
    this.#draw = draw;
    this.#tick = setInterval(() => this.later(), TICK_MS);
  }

  /** What somebody waits for. */
  soon(): void {
    this.#at(performance.now() + KEY_MS);
  }

  later(): void {
    this.#at(Math.max(performance.now(), this.#drawnMs + FRAME_MS));
  }

  close(): void {
    clearInterval(this.#tick);
    if (this.#timer) clearTimeout(this.#timer.handle);
  }

  #at(at: number): void {
    if (this.#timer && this.#timer.at <= at) return;
    if (this.#timer) clearTimeout(this.#timer.handle);
    const draw = () => {
      this.#timer = null;
      this.#drawnMs = performance.now();
      this.#draw();
    };
    // Node writes a warning to the terminal about a time that is over.
    const handle = setTimeout(draw, Math.max(0, at - performance.now()));
    this.#timer = { at, handle };
  }
}
