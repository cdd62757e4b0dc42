/** Steps of an injection and of a recovery, as views are told of them. */

import { namesOf } from '../fault/candidates.ts';
import { label } from '../fault/instance.ts';
import type { Doing, Phase, RecoverWait, Step, StepId } from '../run/progress.ts';
import type { Fault } from '../run/run.ts';
import type { InjectSpec } from '../story/story.ts';

type Of<D extends Doing['do']> = Extract<Doing, { do: D }>;

export function injectStep(
  parent: StepId,
  phase: Phase,
  { kind, words, service }: InjectSpec,
  more: Partial<Pick<Of<'inject'>, 'targets' | 'fault' | 'changed'>> = {},
): Step {
  const { doing, done } = words;
  return {
    type: 'step',
    id: [...parent, 'inject'],
    phase,
    doing: {
      do: 'inject',
      kind,
      words: { doing, done },
      service: namesOf(service).join(', ') || null,
      targets: [],
      fault: null,
      ...more,
    },
  };
}

export function countdownStep(
  parent: StepId,
  phase: Phase,
  { kind, countdown_ms }: InjectSpec,
  targets: Of<'countdown'>['targets'],
  left_ms: number,
): Step {
  return {
    type: 'step',
    id: [...parent, 'countdown'],
    phase,
    doing: { do: 'countdown', kind, targets, left_ms, of_ms: countdown_ms },
  };
}

/** `id`: of this fault's recovery. */
export function recoverStep(
  id: StepId,
  phase: Phase,
  { id: fault, kind, targets }: Fault,
  wait: RecoverWait | null = null,
): Step {
  return {
    type: 'step',
    id,
    phase,
    doing: { do: 'recover', fault, kind, targets: targets.map(label), wait },
  };
}

/** Of a step that failed. `signal`: whether it was interrupted by it. */
export function failure(error: unknown, signal: AbortSignal): NonNullable<Step['error']> {
  return { message: (error as Error).message, interrupted: signal.aborted };
}
