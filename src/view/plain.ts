/**
 * The view for logs, pipes and CI: one line an event, no colour, no cursor. Ticks come many times a second, so that
 * one is printed only when it says something new, and one that differs in its figures alone about once a second.
 */
import type { RunnerEvent } from '../run/progress.ts';
import { printable } from './printable.ts';
import { type Said, Sayer } from './say/say.ts';
import type { Screen } from './screen.ts';
import type { View } from './view.ts';

/** A second, less what timers are late. */
const TICK_EVERY_MS = 800;

const MARKS = { done: '✔', failed: '✖', skipped: '↓' } as const;

interface Open {
  text: string;
  /** Ticks seen so far, without their figures. */
  shapes: Set<string>;
  printedAtMs: number;
}

class PlainView implements View {
  readonly #screen: Pick<Screen, 'write'>;
  readonly #nowMs: () => number;
  readonly #sayer: Sayer;
  readonly #open = new Map<string, Open>();
  #closed = false;

  constructor(screen: Pick<Screen, 'write'>, nowMs: () => number, sayer: Sayer) {
    this.#sayer = sayer;
    this.#screen = screen;
    this.#nowMs = nowMs;
  }

  show(event: RunnerEvent): void {
    if (this.#closed) return;
    try {
      for (const said of this.#sayer.say(event)) this.#show(said);
    } catch {
      // What cannot be shown is not shown; the runner must never hear of it.
    }
  }

  async close(error?: Error): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The reason itself is said by whoever closes the view.
    for (const [, { text }] of this.#open)
      this.#line(`${error ? MARKS.failed : MARKS.skipped} ${text} (not ended)`);
    const rest = this.#sayer.rest(error ?? null);
    if (rest !== null) this.#line(printable(rest));
  }

  #show(said: Said): void {
    switch (said.say) {
      case 'chapter':
        this.#line(said.title);
        for (const line of said.narration) if (line !== '') this.#line(`  ${line}`);
        return;
      case 'lines':
        for (const line of said.lines) if (line.trim() !== '') this.#line(`  ${line}`);
        return;
      case 'step':
        this.#step(said.key, said.phase, said.text);
    }
  }

  #step(key: string, phase: Extract<Said, { say: 'step' }>['phase'], text: string): void {
    if (phase === 'planned') return;
    if (phase !== 'running') {
      this.#open.delete(key);
      this.#line(`${MARKS[phase]} ${text}${phase === 'skipped' ? ' (skipped)' : ''}`);
      return;
    }
    const nowMs = this.#nowMs();
    const shape = text.replace(/\d+/g, '#');
    const open = this.#open.get(key);
    if (open?.text === text) return;
    if (open?.shapes.has(shape) && nowMs - open.printedAtMs < TICK_EVERY_MS) return;
    this.#open.set(key, {
      text,
      shapes: (open?.shapes ?? new Set()).add(shape),
      printedAtMs: nowMs,
    });
    this.#line(`• ${text}`);
  }

  #line(text: string): void {
    this.#screen.write(`${text.trimEnd()}\n`);
  }
}

/** `nowMs`: any clock that never jumps. */
export function openPlain(
  screen: Pick<Screen, 'write'>,
  nowMs: () => number,
  sayer = new Sayer(),
): View {
  return new PlainView(screen, nowMs, sayer);
}
