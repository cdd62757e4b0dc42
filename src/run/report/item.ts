/** One thing that a run expected, and what was observed of it. Types only, but for what an item of a chapter has not. */
import type { ReportedFigures } from '../../impact/figures.ts';
import type { Story } from '../../story/story.ts';
import type { Event } from '../events.ts';
import type { ItemState } from '../judged-item.ts';
import type { Fault } from '../run.ts';

export interface ReportItem {
  kind:
    | 'hypothesis'
    | 'threshold'
    | 'probe'
    | 'detection'
    | 'action'
    | 'recovery'
    | 'abort'
    | 'writes';
  /** Of a fault that it was looked at for; null: of the chapter, or of the run. */
  when: 'before' | 'during' | 'after' | null;
  chapter: string | null;
  fault: string | null;
  name: string;
  /** What is wanted, as the story wrote it; empty where it is a matter of course. */
  wanted: string;
  state: ItemState;
  /** In `unit`; null: it has no figure, or it was not measured. */
  measured: number | null;
  unit: string | null;
  /** What was observed. */
  text: string;
}

export interface ItemSources {
  events: readonly Event[];
  /** All of the run. */
  faults: readonly Fault[];
  story: Story | null;
  /** By fault: what its thresholds say of its time so far, made from the samples. */
  during: ReadonlyMap<string, readonly HeldThreshold[]>;
}

export type HeldThreshold = ReportedFigures['steady_state'][number];

/** Of an item that is about no fault, and has no figure. */
export const NOTHING = { when: null, fault: null, wanted: '', measured: null, unit: null };
