/** A journal in memory that holds the stage to what the real one demands: every event parses, survives JSON, and folds. */
import type { Journal } from '../../src/journal/journal.ts';
import { type Event, type EventBody, JOURNAL_VERSION, parseEvent } from '../../src/run/events.ts';
import { fold } from '../../src/run/fold.ts';
import type { Run } from '../../src/run/run.ts';

export class MemoryJournal implements Journal {
  readonly path = '/memory/journal.ndjson';
  readonly warnings: readonly string[] = [];
  readonly lines: string[] = [];
  readonly #now: () => number;
  #run: Run | null = null;
  #runs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get run(): Run | null {
    return this.#run;
  }

  append(body: EventBody): Event {
    if (!this.#run) throw new Error('append before begin');
    return this.#write(body, this.#run.seq + 1);
  }

  begin(body: Omit<Extract<EventBody, { type: 'run.started' }>, 'run' | 'type'>): Event {
    this.lines.length = 0;
    this.#run = null;
    return this.#write({ type: 'run.started', run: `r${++this.#runs}`, ...body }, 1);
  }

  release(): void {}

  /** The run as another process reads it: folded from the lines alone. */
  reread(): Run | null {
    return this.lines.map((line) => read(line)).reduce<Run | null>(fold, null);
  }

  #write(body: EventBody, seq: number): Event {
    const line = JSON.stringify({
      v: JOURNAL_VERSION,
      seq,
      at: new Date(this.#now()).toISOString(),
      ...body,
    });
    const event = read(line);
    this.#run = fold(this.#run, event);
    this.lines.push(line);
    return event;
  }
}

function read(line: string): Event {
  const result = parseEvent(JSON.parse(line));
  if ('problem' in result)
    throw new Error(`the stage wrote what no reader takes: ${result.problem}: ${line}`);
  return result.event;
}
