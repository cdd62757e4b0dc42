/**
 * The view for a terminal: headings and narration as text, and below each the chapter's steps as a list of tasks that
 * changes in place. A list ends when all its steps have; what comes later opens the next one below it.
 * Events are shown in their order, one after the other, while whoever tells them goes on at once.
 */
import type { RunnerEvent } from '../run/progress.ts';
import { type Paint, paintWith } from './paint.ts';
import { printable, printableLines } from './printable.ts';
import type { Screen } from './screen.ts';
import { TaskList } from './task-list.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** Longer lines are hard to read, however wide the screen. */
const WIDEST_TEXT = 100;

export class TasksView implements View {
  readonly #stderr: NodeJS.WriteStream;
  readonly #screen: Screen;
  readonly #paint: Paint;
  #list: TaskList | null = null;
  /** The step that lines without one of their own belong to. */
  #current: string | null = null;
  #wrote = false;
  /** A blank line belongs before whatever follows. */
  #gap = false;
  #closed = false;
  #shown: Promise<void> = Promise.resolve();

  constructor(stderr: NodeJS.WriteStream, screen: Screen, colour: boolean) {
    this.#stderr = stderr;
    this.#screen = screen;
    this.#paint = paintWith(colour);
  }

  show(event: RunnerEvent): void {
    if (!this.#closed) this.#queue(() => this.#show(event));
  }

  close(error?: Error): Promise<void> {
    if (this.#closed) return this.#shown;
    this.#closed = true;
    this.#queue(() => {
      this.#endList(error ?? null);
      this.#gap = this.#wrote;
      this.#write([]);
    });
    return this.#shown;
  }

  #queue(work: () => Promise<void> | void): void {
    // What cannot be drawn is not drawn; the stage must never hear of it.
    this.#shown = this.#shown.then(work).catch(() => {});
  }

  async #show(event: RunnerEvent): Promise<void> {
    switch (event.type) {
      case 'recorded':
        return;
      case 'heading':
        this.#endList(null);
        return this.#heading(event);
      case 'steps':
        this.#endList(null);
        for (const { step, text } of event.steps) await this.#add(step, printable(text));
        return;
      case 'step.begin':
      case 'step.tick':
        await this.#reach(event.step, printable(event.text));
        this.#list?.begin(event.step);
        this.#current = event.step;
        if (event.type === 'step.tick' && isCountdown(event.step))
          this.#list?.title(event.step, this.#paint(['bold', 'yellow'], printable(event.text)));
        return;
      case 'step.done':
        return this.#end(event.step, printable(event.text), 'done');
      case 'step.failed':
        return this.#end(event.step, printable(event.text), 'failed');
      case 'step.skipped':
        return this.#end(event.step, printable(event.text), 'skipped');
      case 'lines':
        return this.#lines(event.step ?? this.#current, event.lines.map(printable));
    }
  }

  #heading({ index, of, title, narration }: Extract<RunnerEvent, { type: 'heading' }>): void {
    const width = Math.min(this.#screen.columns, WIDEST_TEXT);
    const heading = wrap(`[${index + 1}/${of}] ${printable(title)}`, width).map((line) =>
      this.#paint('bold', line),
    );
    const told = printableLines(narration.trim()).flatMap((line) => wrap(line, width));
    this.#gap = this.#wrote;
    this.#write([...heading, ...told]);
    this.#gap = told.length > 0;
  }

  #write(lines: string[]): void {
    const all = this.#gap ? ['', ...lines] : lines;
    if (all.length > 0) this.#screen.write(`${all.join('\n')}\n`);
    this.#wrote = true;
    this.#gap = false;
  }

  async #add(step: string, title: string): Promise<void> {
    if (!this.#list) {
      this.#write([]);
      this.#list = new TaskList(this.#stderr, this.#screen, this.#paint);
      await this.#list.open();
    }
    await this.#list.add(step, title, this.#list.parentOf(step));
  }

  /** The step with this title, made where nobody announced it. */
  async #reach(step: string, title: string): Promise<void> {
    if (this.#list?.has(step)) this.#list.title(step, title);
    else await this.#add(step, title);
  }

  async #end(step: string, title: string, how: 'done' | 'failed' | 'skipped'): Promise<void> {
    await this.#reach(step, title);
    this.#list?.end(step, how);
    if (this.#list?.unsettled().length === 0) this.#endList(null);
  }

  #lines(step: string | null, lines: string[]): void {
    const seen = lines.map((line) => line.trimEnd()).filter((line) => line !== '');
    if (seen.length === 0) return;
    if (this.#list && step !== null && this.#list.has(step)) {
      this.#list.output(step, seen.join('\n'));
    } else {
      this.#endList(null);
      this.#write(seen.flatMap((line) => wrap(`  ${line}`, this.#screen.columns)));
    }
  }

  /** Settles what has not ended: the first of it bears the reason, unless a step that failed has said it already. */
  #endList(error: Error | null): void {
    const list = this.#list;
    if (!list) return;
    this.#list = null;
    this.#current = null;
    let reason = error && !list.hasFailed ? printable(error.message) : null;
    for (const { step, title, begun } of list.unsettled()) {
      list.title(step, `${title} (${reason ?? (begun ? 'not ended' : 'not reached')})`);
      list.end(step, reason ? 'failed' : 'skipped');
      reason = null;
    }
    list.close();
  }
}

function isCountdown(step: string): boolean {
  return step.endsWith('.countdown');
}
