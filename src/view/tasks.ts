/**
 * The view for a terminal: headings and narration as text, and below each the chapter's steps as a list of tasks that
 * changes in place. A list ends when all its steps have; what comes later opens the next one below it.
 * Events are shown in their order, one after the other, while whoever tells them goes on at once.
 */
import type { RunnerEvent } from '../run/progress.ts';
import { type Paint, paintWith } from './paint.ts';
import type { Said, Sayer } from './say/say.ts';
import type { Screen } from './screen.ts';
import { TaskList } from './task-list.ts';
import type { View } from './view.ts';
import type { Wrap } from './wrap.ts';

/** Longer lines are hard to read, however wide the screen. */
const WIDEST_TEXT = 100;

export interface TasksOptions {
  stderr: NodeJS.WriteStream;
  screen: Screen;
  colour: boolean;
  wrap: Wrap;
  sayer: Sayer;
}

export class TasksView implements View {
  readonly #stderr: NodeJS.WriteStream;
  readonly #screen: Screen;
  readonly #paint: Paint;
  readonly #wrap: Wrap;
  readonly #sayer: Sayer;
  #list: TaskList | null = null;
  #wrote = false;
  /** A blank line belongs before whatever follows. */
  #gap = false;
  #closed = false;
  #shown: Promise<void> = Promise.resolve();

  constructor({ stderr, screen, colour, wrap, sayer }: TasksOptions) {
    this.#sayer = sayer;
    this.#stderr = stderr;
    this.#screen = screen;
    this.#paint = paintWith(colour);
    this.#wrap = wrap;
  }

  show(event: RunnerEvent): void {
    if (this.#closed) return;
    this.#queue(async () => {
      for (const said of this.#sayer.say(event)) await this.#show(said);
    });
  }

  close(error?: Error): Promise<void> {
    if (this.#closed) return this.#shown;
    this.#closed = true;
    this.#queue(() => {
      this.#endList(error ?? null);
      const rest = this.#sayer.rest(error ?? null);
      if (rest !== null) this.#write(this.#wrap(rest, this.#screen.columns));
      this.#gap = this.#wrote;
      this.#write([]);
    });
    return this.#shown;
  }

  #queue(work: () => Promise<void> | void): void {
    // What cannot be drawn is not drawn; the runner must never hear of it.
    this.#shown = this.#shown.then(work).catch(() => {});
  }

  async #show(said: Said): Promise<void> {
    switch (said.say) {
      case 'chapter':
        this.#endList(null);
        return this.#heading(said);
      case 'step':
        return this.#step(said);
      case 'lines':
        return this.#lines(said);
    }
  }

  #heading({ title, narration }: Extract<Said, { say: 'chapter' }>): void {
    const width = Math.min(this.#screen.columns, WIDEST_TEXT);
    const heading = this.#wrap(title, width).map((line) => this.#paint('bold', line));
    const told = narration.flatMap((line) => this.#wrap(line, width));
    this.#gap = this.#wrote;
    this.#write([...heading, ...told]);
    this.#gap = told.length > 0;
  }

  async #step({ key, phase, text, counts }: Extract<Said, { say: 'step' }>): Promise<void> {
    if (this.#list?.has(key)) this.#list.title(key, text);
    else await this.#add(key, text);
    if (phase === 'planned') return;
    if (phase !== 'running') {
      this.#list?.end(key, phase);
      if (this.#list?.unsettled().length === 0) this.#endList(null);
      return;
    }
    this.#list?.begin(key);
    if (counts) this.#list?.title(key, this.#paint(['bold', 'yellow'], text));
  }

  #lines({ key, lines }: Extract<Said, { say: 'lines' }>): void {
    const seen = lines.map((line) => line.trimEnd()).filter((line) => line !== '');
    if (seen.length === 0) return;
    if (key !== null && this.#list?.has(key)) {
      this.#list.output(key, seen.join('\n'));
      return;
    }
    this.#endList(null);
    this.#write(seen.flatMap((line) => this.#wrap(`  ${line}`, this.#screen.columns)));
  }

  #write(lines: string[]): void {
    const all = this.#gap ? ['', ...lines] : lines;
    if (all.length > 0) this.#screen.write(`${all.join('\n')}\n`);
    this.#wrote = true;
    this.#gap = false;
  }

  async #add(key: string, title: string): Promise<void> {
    if (!this.#list) {
      this.#write([]);
      this.#list = new TaskList(this.#stderr, this.#screen, this.#paint);
      await this.#list.open();
    }
    await this.#list.add(key, title, this.#list.parentOf(key));
  }

  /** Settles what has not ended: the first of it that has begun as failed, unless a step has failed already. */
  #endList(error: Error | null): void {
    const list = this.#list;
    if (!list) return;
    this.#list = null;
    let fails = error !== null && !list.hasFailed;
    for (const { step, title, begun } of list.unsettled()) {
      list.title(step, `${title} (${begun ? 'not ended' : 'not reached'})`);
      list.end(step, fails && begun ? 'failed' : 'skipped');
      if (begun) fails = false;
    }
    list.close();
  }
}
