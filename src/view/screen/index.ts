/** The screen of a terminal: a model is drawn, and what has changed of it is written. */
import type { ReadStream, WriteStream } from 'node:tty';
import { drawScreen } from './draw.ts';
import type { ScreenModel } from './model.ts';
import { Terminal, type TerminalEvents, WHOLE_SCREEN } from './terminal.ts';

export class TerminalScreen {
  readonly #terminal: Terminal;

  constructor(input: ReadStream, output: WriteStream, colour: boolean) {
    this.#terminal = new Terminal(input, output, { colour, modes: WHOLE_SCREEN });
  }

  open(events: TerminalEvents): void {
    this.#terminal.open(events);
  }

  show(model: ScreenModel): void {
    this.#terminal.draw(drawScreen(model, this.#terminal.size));
  }

  suspend(): void {
    this.#terminal.suspend();
  }

  redraw(): void {
    this.#terminal.forget();
  }

  close(): void {
    this.#terminal.close();
  }
}
