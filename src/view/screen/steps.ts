/** The steps of the transition that this process makes, from the runner's stream, as the screen shows them. */
import type { Phase, RunnerEvent } from '../../run/progress.ts';
import { type Said, Sayer } from '../say/say.ts';

export interface ShownStep {
  key: string;
  phase: Phase;
  text: string;
  /** A countdown that is running, which is shown in large digits. */
  counts: boolean;
  /** How many steps it is a part of. */
  depth: number;
  /** Evidence below it. */
  lines: string[];
}

export interface Countdown {
  kind: string;
  targets: string[];
  left_ms: number;
}

export interface ShownSteps {
  /** From 0, of the chapter that is being entered; null: the transition enters none. */
  chapter: number | null;
  steps: readonly ShownStep[];
  /** Lines that belong to no step. */
  lines: readonly string[];
  countdown: Countdown | null;
}

export const NO_STEPS: ShownSteps = { chapter: null, steps: [], lines: [], countdown: null };

export class StepTracker {
  readonly #sayer = new Sayer();
  #shown = NO_STEPS;

  get shown(): ShownSteps {
    return this.#shown;
  }

  show(event: RunnerEvent): void {
    if (event.type === 'chapter') this.#shown = { ...NO_STEPS, chapter: event.index };
    if (event.type === 'step' && event.doing.do === 'countdown') {
      const { kind, targets, left_ms } = event.doing;
      const countdown = { kind, targets: targets.map(({ label }) => label), left_ms };
      this.#shown = { ...this.#shown, countdown: event.phase === 'running' ? countdown : null };
    }
    for (const said of this.#sayer.say(event)) {
      if (said.say === 'step') this.#step(said);
      else if (said.say === 'lines') this.#lines(said.key, said.lines);
    }
  }

  #step({ key, phase, text, counts }: Extract<Said, { say: 'step' }>): void {
    const { steps } = this.#shown;
    const known = steps.find((each) => each.key === key);
    const depth = steps.filter((each) => each.key !== key && key.startsWith(each.key)).length;
    const now = { key, phase, text, counts, depth, lines: known?.lines ?? [] };
    this.#put(known ? steps.map((each) => (each.key === key ? now : each)) : [...steps, now]);
  }

  #lines(key: string | null, lines: readonly string[]): void {
    const { steps } = this.#shown;
    if (key === null || !steps.some((each) => each.key === key)) {
      this.#shown = { ...this.#shown, lines: [...this.#shown.lines, ...lines] };
      return;
    }
    this.#put(
      steps.map((each) =>
        each.key === key ? { ...each, lines: [...each.lines, ...lines] } : each,
      ),
    );
  }

  #put(steps: readonly ShownStep[]): void {
    this.#shown = { ...this.#shown, steps };
  }
}
