/**
 * The real terminal: keys come in, lines go out, and only those that changed. It is given back as it was however the process
 * ends, but for SIGKILL, after which `reset` mends it. Giving back can be done at any time, and twice.
 */
import { emitKeypressEvents, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { paintWith } from '../paint.ts';
import { openScreen, type Screen } from '../screen.ts';
import { type Keypress, keypressOf, type RawKey } from './keypress.ts';
import { type Line, renderLine } from './line.ts';
import type { Size } from './model.ts';

/** What is switched on while it is ours, and off again: pasted text is told apart from typed text. */
export const KEYS_ONLY = { take: '\u001b[?2004h', give: '\u001b[?2004l' };
/**
 * And the alternate screen, without a cursor and without line breaks of its own. Not every terminal has one (GNU screen as it comes,
 * tmux with `alternate-screen off`): what is drawn is wiped before it is left, since nothing else would take it away there.
 */
export const WHOLE_SCREEN = {
  take: `\u001b[?1049h\u001b[?25l\u001b[?7l${KEYS_ONLY.take}\u001b[2J`,
  give: `\u001b[0m${KEYS_ONLY.give}\u001b[?7h\u001b[?25h\u001b[2J\u001b[H\u001b[?1049l`,
};
/** So long after ESC the rest of an escape sequence may still come, over ssh too. */
const ESCAPE_MS = 100;
/** A process that could not be stopped goes on after this. */
const RESUME_MS = 100;

/** Keeps what is written to the terminal. */
export interface Recording {
  wrote(text: string): void;
  resized(size: Size): void;
}

export interface TerminalEvents {
  key(key: Keypress): void;
  /** It has another size, or shows something else: draw again. */
  resized(): void;
  /** No more keys can come. */
  closed(): void;
}

interface TerminalOptions {
  colour: boolean;
  modes: { take: string; give: string };
  recording?: Recording | null;
}

export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #screen: Screen;
  readonly #recording: Recording | null;
  readonly #paint;
  readonly #modes: { take: string; give: string };
  #events: TerminalEvents | null = null;
  #isTaken = false;
  #isPasting = false;
  /** What stands on it, a row each. */
  #drawn: string[] = [];

  constructor(
    input: ReadStream,
    output: WriteStream,
    { colour, modes, recording = null }: TerminalOptions,
  ) {
    this.#recording = recording;
    this.#modes = modes;
    this.#input = input;
    this.#output = output;
    this.#screen = openScreen(output);
    this.#paint = paintWith(colour);
  }

  get size(): Size {
    return { columns: this.#screen.columns, rows: this.#screen.rows };
  }

  open(events: TerminalEvents): void {
    this.#events = events;
    // Readline itself is not used; this object alone takes the time-out of a lone ESC.
    const settings = { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface;
    emitKeypressEvents(this.#input, settings);
    this.#input.on('keypress', this.#onKey);
    this.#input.on('end', this.#onClosed);
    this.#input.on('error', this.#onClosed);
    this.#output.on('resize', this.#onResize);
    process.on('SIGCONT', this.#onContinued);
    process.on('warning', this.#onWarning);
    process.on('exit', this.#giveBack);
    process.on('uncaughtExceptionMonitor', this.#giveBack);
    this.#take();
  }

  /** As many lines as it has rows. */
  draw(lines: readonly Line[]): void {
    if (!this.#isTaken) return;
    const now = lines.map((each) => renderLine(each, this.#paint));
    const changed = now.flatMap((text, row) =>
      text === this.#drawn[row] ? [] : [`\u001b[${row + 1};1H\u001b[2K${text}`],
    );
    this.#drawn = now;
    if (changed.length > 0) this.#write(changed.join(''));
  }

  /** Forgets what is drawn on it, so that everything is drawn anew. */
  forget(): void {
    if (this.#isTaken && this.#drawn.length > 0) this.#write('\u001b[2J');
    this.#drawn = [];
  }

  /** As Ctrl-Z does elsewhere: the whole group of processes stops, until the shell lets it go on. */
  suspend(): void {
    this.#giveBack();
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      if (!this.#isTaken) this.#onContinued();
    }, RESUME_MS);
  }

  close(): void {
    if (!this.#events) return;
    this.#events = null;
    this.#giveBack();
    this.#input.off('keypress', this.#onKey);
    this.#input.off('end', this.#onClosed);
    this.#output.off('resize', this.#onResize);
    process.off('SIGCONT', this.#onContinued);
    process.off('warning', this.#onWarning);
    process.off('exit', this.#giveBack);
    process.off('uncaughtExceptionMonitor', this.#giveBack);
    this.#input.pause();
  }

  readonly #onKey = (text: string | undefined, key: RawKey) => {
    if (key.name === 'paste-start' || key.name === 'paste-end')
      this.#isPasting = key.name === 'paste-start';
    else this.#events?.key(keypressOf(text, key, this.#isPasting));
  };

  readonly #onClosed = () => this.#events?.closed();

  readonly #onResize = () => {
    this.#recording?.resized(this.size);
    this.forget();
    this.#events?.resized();
  };

  /** Node has written it across what is drawn. */
  readonly #onWarning = () => {
    this.forget();
    this.#events?.resized();
  };

  readonly #onContinued = () => {
    if (!this.#events) return;
    // The shell may have set the terminal as it likes it meanwhile.
    this.#setRaw(false);
    this.#take();
    this.#events.resized();
  };

  #take(): void {
    this.#setRaw(true);
    this.#input.resume();
    this.#write(this.#modes.take);
    this.#isTaken = true;
    this.#drawn = [];
  }

  readonly #giveBack = () => {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    this.#write(this.#modes.give);
    this.#setRaw(false);
  };

  #write(text: string): void {
    this.#screen.write(text);
    this.#recording?.wrote(text);
  }

  /** A terminal that is gone cannot be set, and nobody is left to whom it matters. */
  #setRaw(isRaw: boolean): void {
    try {
      this.#input.setRawMode(isRaw);
    } catch {
      // See above.
    }
  }
}
