/** What became of each chapter of the story in one run. Pure. */
import type { Story } from '../../story/story.ts';
import type { Event } from '../events.ts';
import { describeAction } from '../plan.ts';
import type { Run } from '../run.ts';

export interface ReportChapter {
  /** From 1. */
  number: number;
  id: string;
  title: string;
  narration: string;
  /** What it does on entering, a line each. */
  actions: string[];
  /** `ahead`: not entered. `cut_off`: the command that was entering it died, or is still at it. */
  phase: 'ahead' | 'entered' | 'failed' | 'cut_off' | 'left';
  /** How often it was begun. */
  attempts: number;
  /** ISO: when the last attempt began, and when the next chapter or the end of the run took its place; null: never. */
  entering_at: string | null;
  until: string | null;
  failure: { code: string; message: string } | null;
}

/** By the story's newest text; chapters that it no longer has are there if they were entered. `endedAt`: of the run, or now. */
export function chaptersOf(
  run: Run,
  story: Story | null,
  events: readonly Event[],
  endedAt: string,
): ReportChapter[] {
  const chapters = new Map<string, ReportChapter>();
  const texts = story?.chapters ?? [];
  for (const { id, title } of [...texts, ...run.story.chapters]) {
    if (chapters.has(id)) continue;
    const text = texts.find((each) => each.id === id);
    chapters.set(id, {
      number: chapters.size + 1,
      id,
      title,
      narration: text?.narration.trim() ?? '',
      actions: (text?.on_enter ?? []).map(describeAction),
      phase: 'ahead',
      attempts: 0,
      entering_at: null,
      until: null,
      failure: null,
    });
  }
  let open: ReportChapter | null = null;
  const close = (at: string) => {
    if (open) open.until = at;
    open = null;
  };
  for (const event of events) {
    if (event.type === 'run.finished') close(event.at);
    if (!('chapter' in event) || !event.type.startsWith('chapter.')) continue;
    const chapter = chapters.get(event.chapter ?? '');
    if (!chapter) continue;
    if (event.type === 'chapter.entering') {
      close(event.at);
      open = chapter;
      chapter.attempts++;
      Object.assign(chapter, {
        phase: 'cut_off',
        entering_at: event.at,
        until: null,
        failure: null,
      });
    } else if (event.type === 'chapter.entered') chapter.phase = 'entered';
    else if (event.type === 'chapter.failed') {
      chapter.phase = 'failed';
      chapter.failure = { code: event.code, message: event.message };
    } else {
      chapter.phase = event.type === 'chapter.left' ? 'left' : 'ahead';
      close(event.at);
    }
  }
  close(endedAt);
  return [...chapters.values()];
}
