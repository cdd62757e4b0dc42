/** What a command hands back, and that of the commands that move through the story or only plan. Pure. */

import type { ImpactFigures } from '../impact/figures.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { liveSchedules } from '../run/schedules.ts';
import type { Story } from '../story/story.ts';
import type { Exit } from '../terms/outcomes.ts';
import { faultJson, faultWords } from './fault-results.ts';
import { hypothesesJson } from './hypothesis-results.ts';
import { impactJson, impactLines } from './impact.ts';
import { scheduleJson, scheduleWords } from './schedule-results.ts';

export interface Result {
  json: Record<string, unknown>;
  /** For a person; made safe for a terminal where they go out. */
  lines: string[];
  /** Text of ours in place of the lines, as it is. */
  raw?: string;
  /** 0 where it is left out. */
  exit?: Exit;
}

export interface Moved {
  run: Run;
  story: Story;
  impact: readonly ImpactFigures[];
  /** Ids of the chapters that were entered. */
  entered: readonly string[];
}

/** Where the run stands: `[4/8] Fault Injection (live: f1: kill redis-1; next: Detection)`, and the impact on the workload. */
export function positionResult({ run, story, impact }: Moved): Result {
  const index = story.chapters.findIndex((chapter) => chapter.id === run.position.chapter);
  const live = liveFaults(run);
  const next = story.chapters[index + 1] ?? null;
  const where =
    index < 0
      ? `[0/${story.chapters.length}] before the first chapter`
      : `[${index + 1}/${story.chapters.length}] ${story.chapters[index]?.title}`;
  const state = [
    ...(live.length > 0 ? [`live: ${live.map(faultWords).join(', ')}`] : []),
    ...liveSchedules(run).map(scheduleWords),
    next ? `next: ${next.title}` : 'the end of the story',
  ];
  return {
    json: {
      run: run.id,
      chapter: chapterJson(story, index, run.position.phase),
      next: next && { id: next.id, title: next.title, number: index + 2 },
      end_of_story: next === null,
      live_faults: live.map(faultJson),
      live_schedules: liveSchedules(run).map(scheduleJson),
      impact: impact.map(impactJson),
      verified: run.verified,
      hypotheses: hypothesesJson(run),
    },
    lines: [`${where} (${state.join('; ')})`, ...impactLines(impact)],
  };
}

/** As `positionResult`, with every chapter that was entered. */
export function playedResult(moved: Moved): Result {
  const { json, lines } = positionResult(moved);
  const { run, story, entered } = moved;
  const played = entered.map((id) =>
    chapterJson(
      story,
      story.chapters.findIndex((chapter) => chapter.id === id),
      id === run.position.chapter ? run.position.phase : 'entered',
    ),
  );
  return { json: { ...json, played }, lines };
}

function chapterJson({ chapters }: Story, index: number, phase: Run['position']['phase']) {
  const chapter = chapters[index];
  if (!chapter) return null;
  return { id: chapter.id, title: chapter.title, number: index + 1, of: chapters.length, phase };
}

/** Null: no run was under way. */
export function endedResult(run: Run | null): Result {
  if (!run) return { json: { run: null }, lines: ['No run is under way: nothing to reset.'] };
  return {
    json: {
      run: run.id,
      finished_at: run.finished_at,
      verified: run.verified,
      hypotheses: hypothesesJson(run),
    },
    lines: [`Run ${run.id} is over; \`chapter next\` begins a new one.`],
  };
}
