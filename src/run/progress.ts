/**
 * What a view is told while `stage` works. Recorded events carry the facts; these carry the progress of one step of
 * the work, are never written down, and say everything in words that a terminal or a log can show as they are.
 */
import type { Event } from './events.ts';

export type Progress =
  /** A chapter opens: its heading and narration come before its steps. */
  | { type: 'heading'; index: number; of: number; title: string; narration: string }
  /** The steps that follow, in their order; each of them later begins and ends, or is skipped. */
  | { type: 'steps'; steps: { step: string; text: string }[] }
  /** A step begins; `step` is unique within one command. */
  | { type: 'step.begin'; step: string; text: string }
  /** The step's text changes: a tick of the countdown, what is being waited for. */
  | { type: 'step.tick'; step: string; text: string }
  | { type: 'step.done'; step: string; text: string }
  | { type: 'step.failed'; step: string; text: string }
  | { type: 'step.skipped'; step: string; text: string }
  /** Lines under a step or chapter that stay: a table of instances, evidence. */
  | { type: 'lines'; step: string | null; lines: string[] };

/** The one stream that journal, listr2, JSON and later views consume. */
export type RunnerEvent = { type: 'recorded'; event: Event } | Progress;
