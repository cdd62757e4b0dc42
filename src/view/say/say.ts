/**
 * What a view shows of the runner's stream: each event becomes text once, here, so that every view says the same of it.
 * The words are in the files beside this one; how they are drawn is the view's business.
 */
import type { Phase, RunnerEvent, StepId } from '../../run/progress.ts';
import { printable, printableLines } from '../printable.ts';
import { sayStep } from './doing.ts';
import { sayEvent } from './event.ts';
import { sayEvidence } from './evidence.ts';

export type Said =
  | { say: 'chapter'; title: string; narration: string[] }
  /** `counts`: a countdown that is running. */
  | { say: 'step'; key: string; phase: Phase; text: string; counts: boolean }
  /** Under the step, or of nobody. */
  | { say: 'lines'; key: string | null; lines: string[] };

/** Of a step: the key of a whole is the beginning of its parts' keys. */
export function keyOf(id: StepId): string {
  return id.map((part) => `${part}/`).join('');
}

export class Sayer {
  /** Of the first step that failed: it is what the command ends with, so that it is not said twice. */
  #withheld: string | null = null;

  say(event: RunnerEvent): Said[] {
    switch (event.type) {
      case 'recorded': {
        const text = sayEvent(event.event);
        return text === null ? [] : [{ say: 'lines', key: null, lines: [printable(text)] }];
      }
      case 'chapter': {
        const { index, of, title, narration, unverified } = event;
        const still = unverified.map(
          ({ fault, kind, targets }) =>
            `Not recovered yet, whatever is said above: ${fault}: ${kind} ${targets.join(', ')}`,
        );
        return [
          {
            say: 'chapter',
            title: printable(`[${index + 1}/${of}] ${title}`),
            narration: [...printableLines(narration.trim()), ...still.map(printable)],
          },
        ];
      }
      case 'step': {
        const { id, phase, doing, error } = event;
        const counts = doing.do === 'countdown' && phase === 'running';
        const tells = error && !error.interrupted && this.#withheld !== null;
        if (error && !error.interrupted) this.#withheld ??= error.message;
        const text = printable(sayStep(event, tells ? error.message : null));
        return [{ say: 'step', key: keyOf(id), phase, text, counts }];
      }
      case 'evidence':
        return [
          { say: 'lines', key: keyOf(event.id), lines: sayEvidence(event.evidence).map(printable) },
        ];
    }
  }

  /** What was kept back for the error that ends it all, and is not in it after all. */
  rest(error: Error | null): string | null {
    const kept = this.#withheld;
    this.#withheld = null;
    return kept === null || error?.message.includes(kept) ? null : printable(kept);
  }
}
