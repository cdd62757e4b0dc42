/** One transition after the other, as the keys ask for them: what is under way, its steps, and how it is given up. */
import { CODES, errorReport, Refusal } from '../../terms/outcomes.ts';
import { type ShownSteps, StepTracker } from '../../view/screen/steps.ts';
import type { Move } from '../../view/screen/ui.ts';
import type { Context } from '../context.ts';
import { breaksWhat, type MoveAsked, makeMove, wordsOf } from './moves.ts';

export interface MoverEvents {
  changed(): void;
  /** It is not done before somebody has said yes. */
  ask(question: string, move: Move): void;
  /** `error`: a refusal or an error that is expected; null: all is well. */
  ended(error: Error | null): void;
  halted(): void;
  /** A bug. */
  broke(error: unknown): void;
}

export class Mover {
  /** What it says reaches no terminal past the screen. */
  readonly #context: Context;
  readonly #events: MoverEvents;
  readonly #signal: AbortSignal;
  #steps = new StepTracker();
  #endedMs = 0;
  #beside: Promise<void> | null = null;
  #under: { words: string; done: Promise<void>; cancel: AbortController } | null = null;

  constructor(context: Context, signal: AbortSignal, events: MoverEvents) {
    this.#context = context;
    this.#signal = signal;
    this.#events = events;
  }

  /** What is under way; null: nothing is. */
  get busy(): string | null {
    return this.#under?.words ?? null;
  }

  /** Epoch milliseconds: up to here what happened was done by this process; 0: it has done nothing. */
  get oursUntilMs(): number {
    return this.#under ? Date.now() : this.#endedMs;
  }

  /** Of the transition under way, or of the last one. */
  get steps(): ShownSteps {
    return this.#steps.shown;
  }

  /** `isSure`: nothing is asked. While something is under way, nothing is done. */
  begin(asked: MoveAsked, words: string): void {
    if (this.#under) return;
    const cancel = new AbortController();
    const signal = AbortSignal.any([this.#signal, cancel.signal]);
    const under = { words, cancel, done: Promise.resolve() };
    this.#under = under;
    under.done = this.#carryOut(asked, signal);
  }

  /** Also while something is under way, which sees the halt and ends by itself, with all recovered. */
  halt(): void {
    const asked = { move: 'halt', isSure: true, from: null } as const;
    if (this.#under === null) {
      this.begin(asked, wordsOf('halt', null, null));
      return;
    }
    const beside = { ...this.#context, openView: async () => ({ show: () => {} }) };
    const interruptible: Context['interruptible'] = (work) => work(this.#signal);
    this.#beside = makeMove({ ...beside, interruptible }, asked).then(
      () => this.#events.halted(),
      (error) => this.#told(error),
    );
  }

  /** A second one ends the process where it stands, as a second signal does: nothing is lost then, either. */
  cancel(): void {
    const cancel = this.#under?.cancel;
    if (cancel?.signal.aborted) process.exit(CODES.interrupted.exit);
    cancel?.abort(new Refusal('interrupted', 'Cancelled.', 'chapter retry'));
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#under?.cancel.abort(new Refusal('interrupted', 'Cancelled.', 'chapter retry'));
    await this.#under?.done;
    await this.#beside;
  }

  /** Never rejects. */
  async #carryOut(asked: MoveAsked, signal: AbortSignal): Promise<void> {
    let end = (): void => {
      this.#events.ended(null);
      if (asked.move === 'halt') this.#events.halted();
    };
    try {
      const question = asked.isSure ? null : await breaksWhat(this.#context, asked.move);
      if (question !== null) end = () => this.#events.ask(question, asked.move);
      else await this.#move(asked, signal);
    } catch (error) {
      end = () => this.#told(error);
    }
    this.#under = null;
    this.#endedMs = Date.now();
    end();
  }

  #told(error: unknown): void {
    if (errorReport(error)) this.#events.ended(error as Error);
    else this.#events.broke(error);
  }

  async #move(asked: MoveAsked, signal: AbortSignal): Promise<void> {
    const tracker = new StepTracker();
    this.#steps = tracker;
    const show: StepTracker['show'] = (event) => {
      tracker.show(event);
      this.#events.changed();
    };
    await makeMove(
      {
        ...this.#context,
        openView: async () => ({ show }),
        interruptible: (work) => work(signal),
      },
      asked,
    );
  }
}
