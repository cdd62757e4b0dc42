/** Enters chapters: the next one, the current one again, or all that are left; and what entering the next one would do. */
import type { ImpactFigures } from '../impact/figures.ts';
import { type Plan, planAction } from '../run/plan.ts';
import type { Run } from '../run/run.ts';
import { injectsOf, type Story } from '../story/story.ts';
import { awaitSchedules } from './await-schedules.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { lookAtWorld } from './read-world.ts';
import { sleep } from './signals.ts';

/** Where the run stands after a move through the story. */
export interface Moved {
  run: Run;
  story: Story;
  impact: ImpactFigures[];
  /** Ids of the chapters that were entered, in their order; one that goes on by itself brings the next with it. */
  entered: string[];
}

/** With `--wait`, also until the schedules of the current chapter are over. */
export async function enterNext(context: Context): Promise<Moved> {
  if (context.flags.wait) await awaitSchedules(context);
  const before = currentView(context).run?.position.index ?? -1;
  const { run, place, impact } = await carryOut(context, { beginsRun: true }, (runner) =>
    runner.next(),
  );
  return { run, story: place.story, impact, entered: enteredSince(place.story, run, before) };
}

/** `withinMs`: how long a recovery may take; null: as the story says. */
export async function enterAgain(context: Context, withinMs: number | null): Promise<Moved> {
  const before = (currentView(context).run?.position.index ?? 0) - 1;
  const { run, place, impact } = await carryOut(context, {}, (runner) => runner.retry(withinMs));
  return { run, story: place.story, impact, entered: enteredSince(place.story, run, before) };
}

/** To the end of the story. Nothing is held while it stays on a chapter, so that another shell can step in between. */
export function playToEnd(context: Context, stayMs: number): Promise<Moved> {
  // One for all, so that a signal between two chapters is heard as well.
  return context.interruptible((signal) => playAll(context, stayMs, signal));
}

async function playAll(context: Context, stayMs: number, signal: AbortSignal): Promise<Moved> {
  const entered: string[] = [];
  const impact = new Map<string, ImpactFigures>();
  for (;;) {
    signal.throwIfAborted();
    const moved = await enterNext(context);
    entered.push(...moved.entered);
    for (const report of moved.impact) impact.set(report.figures.fault, report);
    const isLast = moved.story.chapters.at(-1)?.id === moved.run.position.chapter;
    if ((await awaitSchedules(context)) && isLast) {
      const { run, impact: last } = await carryOut(context, {}, (runner) => runner.endStory());
      for (const report of last) impact.set(report.figures.fault, report);
      return { ...moved, run, impact: [...impact.values()], entered };
    }
    if (isLast) return { ...moved, impact: [...impact.values()], entered };
    await sleep(stayMs, signal);
  }
}

/** Looks only; null at the end of the story. */
export async function planNext(context: Context): Promise<Plan | null> {
  const { story, ...place } = await findPlace(context);
  const { run } = currentView(context);
  const world = await lookAtWorld(
    { story, ...place },
    injectsOf(story),
    run,
    context.flags['allow-remote'],
  );
  const { chapters } = story;
  const index = chapters.findIndex((chapter) => chapter.id === world.run?.position.chapter) + 1;
  const chapter = chapters[index];
  if (!chapter) return null;
  return {
    title: `[${index + 1}/${chapters.length}] ${chapter.title}`,
    steps: chapter.on_enter.map((action) => planAction(action, story, world)),
  };
}

function enteredSince({ chapters }: Story, { position }: Run, before: number): string[] {
  const now = chapters.findIndex(({ id }) => id === position.chapter);
  return chapters.slice(before + 1, now + 1).map(({ id }) => id);
}
