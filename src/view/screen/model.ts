/** What is drawn: what can be seen of the run, what this process does to it, and what the presenter has typed. */
import type { Picture } from '../../run/picture.ts';
import type { Story } from '../../story/story.ts';
import type { Wrap } from '../wrap.ts';
import type { ShownSteps } from './steps.ts';
import type { Ui } from './ui.ts';

export interface ScreenModel {
  picture: Picture;
  /** The newest text of the story that is known; null: none can be read. */
  story: Story | null;
  steps: ShownSteps;
  ui: Ui;
  /** What this process is doing to the run: `entering Fault Injection`; null: nothing. */
  busy: string | null;
  /** Epoch milliseconds: what happened up to here was done by this process and told by its steps; 0: nothing was. */
  oursUntilMs: number;
  /** Of the fault under the cursor, as lines. */
  diagnosis: readonly string[];
  /** Read-only, and larger. */
  audience: boolean;
  /** Of this process. */
  pid: number;
  /** Epoch milliseconds. */
  nowMs: number;
  /** Address of the audience's page, which is all that it takes to watch; null: none is served. */
  page: string | null;
  wrap: Wrap;
  /** Commands in a sentence, as the host has them typed: `gameday fault recover`. */
  spell(text: string): string;
}

export interface Size {
  columns: number;
  rows: number;
}

/** The chapters, and where the run stands in them: -1 before the first one, and where no run is under way. */
export function standing({ picture, story, steps }: ScreenModel): {
  chapters: readonly { id: string; title: string }[];
  at: number;
  isFailed: boolean;
} {
  const { run } = picture;
  const chapters = story?.chapters ?? run?.story.chapters ?? [];
  if (!run || run.finished_at !== null)
    return { chapters, at: steps.chapter ?? -1, isFailed: false };
  const { chapter, index, phase } = run.position;
  const found = chapters.findIndex(({ id }) => id === chapter);
  return { chapters, at: found < 0 ? index : found, isFailed: phase === 'failed' };
}
