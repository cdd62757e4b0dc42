/** The screen of a terminal: a model is drawn, and what has changed of it is written. */
import type { ReadStream, WriteStream } from 'node:tty';
import { drawScreen } from './draw.ts';
import type { Line } from './line.ts';
import type { ScreenModel, Size } from './model.ts';
import { type Recording, Terminal, type TerminalEvents, WHOLE_SCREEN } from './terminal.ts';

export type Draw = (model: ScreenModel, size: Size) => Line[];

interface ScreenOptions {
  colour: boolean;
  draw?: Draw;
  recording?: Recording | null;
}

export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #draw: Draw;

  constructor(
    input: ReadStream,
    output: WriteStream,
    { colour, draw = drawScreen, recording = null }: ScreenOptions,
  ) {
    this.#draw = draw;
    this.#terminal = new Terminal(input, output, { colour, modes: WHOLE_SCREEN, recording });
  }

  open(events: TerminalEvents): void {
    this.#terminal.open(events);
  }

  show(model: ScreenModel): void {
    this.#terminal.draw(this.#draw(model, this.#terminal.size));
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
