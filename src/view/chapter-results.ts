/** What `chapter list` and `chapter show` hand back: the object for `--json` and the lines for a person. Pure. */
import type { Note } from '../run/note.ts';
import { describeAction } from '../run/plan.ts';
import type { Run } from '../run/run.ts';
import type { Chapter, Story } from '../story/story.ts';
import { abortLine } from './fault-results.ts';
import { hypothesesJson, hypothesisLines } from './hypothesis-results.ts';
import { noteJson, sayNote } from './note-results.ts';
import { printableLines } from './printable.ts';
import type { Result } from './results.ts';
import { renderChapters } from './tables.ts';

/** So many of the newest notes are shown to a person. */
const SHOWN_NOTES = 10;

export function chapterListResult({
  story,
  run,
  notes,
}: {
  story: Story;
  run: Run | null;
  notes: readonly Note[];
}): Result {
  const current = run?.finished_at === null ? run.position : null;
  const index = story.chapters.findIndex((chapter) => chapter.id === current?.chapter);
  const chapters = story.chapters.map(({ id, title, auto_advance, blocks_advance }) => ({
    id,
    title,
    auto_advance,
    blocks_advance,
  }));
  const phase = current?.phase ?? 'entered';
  const aborted = run?.aborted ?? null;
  return {
    json: {
      story: story.name,
      run: run?.id ?? null,
      current: index < 0 ? null : { number: index + 1, id: chapters[index]?.id, phase },
      chapters,
      aborted,
      notes: notes.map(noteJson),
    },
    lines: [
      ...renderChapters(chapters, { index, phase, aborted: Boolean(aborted) }),
      ...noteLines(notes),
    ],
  };
}

function noteLines(notes: readonly Note[]): string[] {
  const hidden = notes.length - SHOWN_NOTES;
  const all = hidden > 0 ? [`(${hidden} older ones are in --json)`] : [];
  return notes.length === 0
    ? []
    : ['Notes:', ...all, ...notes.slice(-SHOWN_NOTES).map((note) => `  ${sayNote(note)}`)];
}

export interface ShownChapter {
  chapter: Chapter;
  /** From 1. */
  number: number;
  of: number;
  run: Run | null;
  /** The run stands in it. */
  isCurrent: boolean;
}

/** Its narration, and what it does. `withNotes`: for the presenter. */
export function chapterResult(
  { chapter, number, of, run, isCurrent }: ShownChapter,
  withNotes: boolean,
): Result {
  const traits = [
    chapter.auto_advance ? 'advances by itself' : '',
    chapter.blocks_advance ? 'blocks until its actions have ended' : '',
  ].filter(Boolean);
  const aborted = (isCurrent && run?.aborted) || null;
  const { notes, ...open } = chapter;
  return {
    json: {
      chapter: withNotes ? { ...open, notes } : open,
      number,
      of,
      aborted,
      judged: hypothesesJson(run).find((each) => each.chapter === chapter.id) ?? null,
    },
    lines: [
      `[${number}/${of}] ${chapter.title}${traits.length > 0 ? ` (${traits.join('; ')})` : ''}`,
      ...printableLines(chapter.narration.trim()),
      ...chapter.on_enter.map((action) => `- ${describeAction(action)}`),
      ...hypothesisLines(chapter, run),
      ...(withNotes && notes ? ['Notes:', ...printableLines(notes.trim())] : []),
      ...(aborted ? [abortLine(aborted)] : []),
    ],
  };
}
