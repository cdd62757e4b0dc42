/** A span of the trace of a run. Pure. */
import type { StackRef } from '../fault/stack.ts';
import type { Run } from './run.ts';

type Attributes = Record<string, string | number | string[]>;

export interface TraceSpan {
  /** Unique in its trace. */
  key: string;
  /** Null: the run's own. */
  parent: string | null;
  name: string;
  /** Epoch milliseconds. */
  startMs: number;
  endMs: number;
  attributes: Attributes;
  moments: { atMs: number; name: string; attributes: Attributes }[];
  /** What went wrong in it; null: nothing. */
  error: string | null;
}

/** The span of the run. */
export const ROOT = 'run';

/** Of the span of a fault. */
export function faultKey(fault: string): string {
  return `fault ${fault}`;
}

/** Of the span of a schedule. */
export function scheduleKey(schedule: string): string {
  return `schedule ${schedule}`;
}

/** What makes the id of a run's trace, in all its processes. */
export function traceKeyOf(
  run: Pick<Run, 'id' | 'started_at'> & { story: { digest: string }; engine: StackRef },
): string {
  return JSON.stringify([
    run.id,
    run.started_at,
    run.story.digest,
    run.engine.kind,
    run.engine.project,
  ]);
}

/** One that begins. */
export function span(
  key: string,
  parent: string | null,
  name: string,
  startMs: number,
  attributes: Attributes,
): TraceSpan {
  return { key, parent, name, startMs, endMs: startMs, attributes, moments: [], error: null };
}

/** Of a moment in it. */
export function tell(
  about: TraceSpan,
  atMs: number,
  name: string,
  attributes: Attributes = {},
): void {
  about.moments.push({ atMs, name, attributes });
}
