/** A stack that is neither up nor down, as it is said. Pure. */
import type { Run } from '../run/run.ts';

export interface UnfinishedStack {
  stack: 'starting' | 'stopping';
  text: string;
  /** The command that ends it. */
  next: string;
}

/** What a command that was cut off left of starting or stopping the stack, and what ends that; null where it is whole, or somebody is at it. */
export function unfinishedStack(run: Run | null, isHeld: boolean): UnfinishedStack | null {
  if (!run?.stack_change || run.finished_at !== null || isHeld) return null;
  const { project } = run.engine;
  return run.stack_change === 'stopping'
    ? {
        stack: 'stopping',
        text: `The services of ${project} were being stopped when a command was cut off; some may be down.`,
        next: 'chapter reset',
      }
    : {
        stack: 'starting',
        text: `The services of ${project} were being started when a command was cut off; some may be missing.`,
        next: 'chapter next',
      };
}

export function unfinishedLines(unfinished: UnfinishedStack | null): string[] {
  return unfinished ? [`${unfinished.text} Next: \`${unfinished.next}\`.`] : [];
}
