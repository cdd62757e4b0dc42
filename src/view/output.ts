/**
 * Where all text of a command goes out, on stdout and stderr: made safe for a terminal, commands spelled as the host has
 * them typed, and broken at words where a person reads. Off a terminal a line stays a line, so that `grep` finds it.
 */
import { printable, safeJson } from './printable.ts';
import { type Host, spellCommands } from './spelling.ts';
import { displayWidth, loadWrap, type Wrap } from './wrap.ts';

export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #host: Host;
  #wrap: Wrap | null = null;
  /** What waits for the library that breaks lines; null: nothing does. */
  #waiting: Promise<void> | null = null;

  constructor(stream: NodeJS.WriteStream, host: Host) {
    this.#stream = stream;
    this.#host = host;
  }

  /** Each of them becomes one line, or several where the terminal is narrower. They come in their order. */
  lines(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const ready = lines.map((line) => spellCommands(printable(line), this.#host).trimEnd());
    const width = this.#stream.isTTY ? Math.max(20, this.#stream.columns || 80) : Infinity;
    const fits = this.#wrap !== null || ready.every((line) => displayWidth(line) <= width);
    if (fits && !this.#waiting) {
      this.#write(ready, width);
      return;
    }
    const before = this.#waiting ?? Promise.resolve();
    this.#waiting = before.then(async () => {
      // A package that was removed meanwhile takes no line away.
      this.#wrap ??= await loadWrap().catch(() => null);
      this.#write(ready, width);
    });
  }

  /** One JSON value: indented, or on one line. */
  json(value: unknown, isIndented = true): void {
    this.#stream.write(`${safeJson(value, isIndented ? 2 : 0)}\n`);
  }

  /** Text of ours alone, as it is: a script for a shell. */
  raw(text: string): void {
    this.#stream.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Resolves when everything has been handed to the stream. */
  async flush(): Promise<void> {
    await this.#waiting;
    this.#waiting = null;
  }

  #write(lines: readonly string[], width: number): void {
    const wrap = this.#wrap;
    const broken = lines.flatMap((line) =>
      wrap && displayWidth(line) > width ? wrap(line, width) : [line],
    );
    this.#stream.write(`${broken.join('\n')}\n`);
  }
}
