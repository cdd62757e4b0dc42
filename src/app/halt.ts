/** Halts: from here on nothing is injected from this folder, by whatever shell, and everything that is live is recovered; and takes that back. */
import { dirname } from 'node:path';
import { holderOf, readHalt, removeHalt, writeHalt } from '../journal/index.ts';
import type { Halt } from '../run/halt.ts';
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import { endedSince, liveSchedules, type Schedule } from '../run/schedules.ts';
import { Refusal } from '../terms/outcomes.ts';
import { transitionOptions } from './carry-out.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { findStateDir, type Place } from './locate.ts';
import { scheduleVerdicts } from './report/schedule-verdicts.ts';
import { undoAtOnce } from './undo-at-once.ts';

/** A command that is under way sees the halt within a moment, and recovers everything itself. */
const HOLDER_MS = 60_000;

export interface Halted {
  halt: Halt;
  run: Run | null;
  /** Those that were live, as they stand now. */
  faults: Fault[];
  /** Those that ended with it. */
  schedules: Schedule[];
  /** What came of each, by its id. */
  verdicts: ReadonlyMap<string, string>;
}

export interface HaltWish {
  reason: string | null;
  /** How long the recovery may take to be verified; null: as the story says. */
  withinMs: number | null;
}

/** First the halt, which nothing outruns, then the way back. Throws as a recovery does; it is halted all the same then. */
export async function haltFaults(
  context: Context,
  { reason, withinMs }: HaltWish,
): Promise<Halted> {
  const stateDir = findStateDir(context.flags, context.cwd);
  const halt = writeHalt(stateDir, reason);
  const { run, path, holder } = currentView(context);
  const live = run ? liveFaults(run).toReversed() : [];
  const isRepeated = run !== null && liveSchedules(run).length > 0;
  if (holder === null && live.length === 0 && !isRepeated)
    return { halt, run, faults: [], schedules: [], verdicts: new Map() };
  const place = await findPlace(context, { recovers: true });
  // Whoever holds the run may be stopped, or may wait for something: what is broken is not kept waiting.
  if (holder !== null && path !== null) {
    const all = undoAtOnce(place, context.flags['allow-remote'], dirname(path), live, () => null);
    await all.catch((error: Error) => context.warn(error.message));
  }
  try {
    const all = await recoverAll(context, place, halt, live, withinMs);
    return await withEnded(context, run, { halt, ...all });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The command that held the run has ended before it began one.
    if (error.code === 'no_run')
      return await withEnded(context, run, { halt, run: currentView(context).run, faults: [] });
    if (error.code !== 'run_busy') throw error;
    const message = `It is halted, and everything was undone; that it is well is not proven: ${error.message}`;
    throw new Refusal('not_verified', message, 'fault halt', [], { cause: error });
  }
}

/** `before`: the run as it was when it was halted. */
async function withEnded(
  context: Context,
  before: Run | null,
  halted: Pick<Halted, 'halt' | 'run' | 'faults'>,
): Promise<Halted> {
  const schedules = halted.run ? endedSince(before, halted.run) : [];
  return { ...halted, schedules, verdicts: await scheduleVerdicts(context, schedules) };
}

async function recoverAll(
  context: Context,
  place: Place,
  halt: Halt,
  live: readonly Fault[],
  withinMs: number | null,
): Promise<{ run: Run; faults: Fault[] }> {
  const { transition } = await import('./transition.ts');
  return context.interruptible(async (signal) => {
    const options = await transitionOptions(context, place, { recovers: true });
    const { run, result } = await transition(
      {
        ...options,
        waitMs: withinMs ?? HOLDER_MS,
        beginsRun: false,
        recovers: true,
        signal,
      },
      (runner) => runner.halt(halt, 'command', withinMs),
    );
    // What the holder recovered itself, on its way out, belongs to the answer.
    const meant = new Set([...live, ...result].map(({ id }) => id));
    return { run, faults: run.faults.filter(({ id }) => meant.has(id)).toReversed() };
  });
}

export interface Resumed {
  /** What was taken back; null: nothing was halted. */
  halt: Halt | null;
  /** Still live. */
  faults: Fault[];
}

/** Throws Refusal `run_busy` while somebody holds the run: what is being recovered is not to be broken again meanwhile. */
export function resumeFaults(context: Context): Resumed {
  const stateDir = findStateDir(context.flags, context.cwd);
  const halt = readHalt(stateDir);
  const holder = halt && holderOf(stateDir);
  if (holder)
    throw new Refusal(
      'run_busy',
      `\`${holder.command}\` (pid ${holder.pid}) holds the run.`,
      'Wait until it has ended, and then: `fault resume`',
    );
  if (halt) removeHalt(stateDir);
  const { run } = currentView(context);
  return { halt, faults: run ? liveFaults(run) : [] };
}
