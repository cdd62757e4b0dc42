/**
 * What a view shows of the runner's stream: each event becomes text once, here, so that every view says the same of it.
 * The words are in the files beside this one; how they are drawn is the view's business.
 */
import type { Phase, RunnerEvent, Spoken, StepId } from '../../run/progress.ts';
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

  /** What each countdown in words is about, as its beginning said it. */
  readonly #counting = new Map<string, string>();

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
      default:
        return spoken(event, this.#counting);
    }
  }

  /** What was kept back for the error that ends it all, and is not in it after all. */
  rest(error: Error | null): string | null {
    const kept = this.#withheld;
    this.#withheld = null;
    return kept === null || error?.message.includes(kept) ? null : printable(kept);
  }
}

const PHASES = {
  'step.begin': 'running',
  'step.tick': 'running',
  'step.done': 'done',
  'step.failed': 'failed',
  'step.skipped': 'skipped',
} as const;

function spoken(event: Spoken, counting: Map<string, string>): Said[] {
  switch (event.type) {
    case 'steps':
      return event.steps.map(({ step, text }) => ({
        say: 'step',
        key: keyOf(step.split('.')),
        phase: 'planned',
        text: printable(text),
        counts: false,
      }));
    case 'lines': {
      const key = event.step === null ? null : keyOf(event.step.split('.'));
      return [{ say: 'lines', key, lines: event.lines.map(printable) }];
    }
    default: {
      const { step, type } = event;
      const isCountdown = step.endsWith('.countdown');
      if (isCountdown && type === 'step.begin')
        counting.set(step, event.text.replace(/ in [^ ]+ \(Ctrl-C cancels\)$/, ''));
      const counts = type === 'step.tick' && isCountdown;
      const text = counts ? `${event.text}  ${counting.get(step)}  Ctrl-C cancels` : event.text;
      return [
        {
          say: 'step',
          key: keyOf(step.split('.')),
          phase: PHASES[type],
          text: printable(text),
          counts,
        },
      ];
    }
  }
}
