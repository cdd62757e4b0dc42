/** The runs of a folder, newest first, and deleting old ones. Reads no journal of a run that is over and was summed up once. */
import { dirname } from 'node:path';
import {
  deleteRemains,
  deleteRun,
  isLockHeld,
  journalBytes,
  keepSummary,
  listRuns,
  lockRun,
  newestRuns,
  readCurrent,
  readRun,
  readSummary,
} from '../../journal/index.ts';
import { journalPath } from '../../journal/state-folder.ts';
import { type RunSummary, summaryOf } from '../../run/report/summary.ts';
import { liveFaults } from '../../run/run.ts';
import { errorReport } from '../../terms/outcomes.ts';
import type { Context } from '../context.ts';
import { findStateDir } from '../locate.ts';
import { watchdogFiles } from '../watchdog/files.ts';
import { readReport } from './read-report.ts';

export interface ListedRun {
  run: string;
  current: boolean;
  /** Null where it cannot be read; then `problem` says why. */
  summary: RunSummary | null;
  problem: string | null;
}

export interface Pruned {
  deleted: string[];
  /** Of those that were to go. */
  kept: { run: string; reason: string }[];
}

/** `most`: so many of the newest. */
export function summarizeRuns(context: Context, most: number): ListedRun[] {
  const stateDir = findStateDir(context.flags, context.cwd);
  context.seen.stateDir = stateDir;
  const current = readCurrent(stateDir).id;
  return newestRuns(stateDir, most).map((id) => {
    const { summary, problem } = summaryOrProblem(stateDir, id, context.version);
    return { run: id, current: id === current, summary, problem };
  });
}

/** From the file beside the run, or made, and kept there where the run is over. */
function summaryOrProblem(
  stateDir: string,
  id: string,
  version: string,
): Pick<ListedRun, 'summary' | 'problem'> {
  const folder = dirname(journalPath(stateDir, id));
  const known = readSummary(folder);
  if (known) return { summary: known, problem: null };
  try {
    const bytes = journalBytes(folder);
    const summary = summaryOf(readReport(stateDir, id, version).report);
    if (summary.state === 'over') keepSummary(folder, summary, bytes);
    return { summary, problem: null };
  } catch (error) {
    const told = errorReport(error);
    if (!told) throw error;
    return { summary: null, problem: told.message };
  }
}

/**
 * All but so many of the newest. The current one stays, and every one of which something is live, or cannot be told. Throws as
 * `lockRun` does.
 */
export async function pruneRuns(context: Context, keep: number): Promise<Pruned> {
  const stateDir = findStateDir(context.flags, context.cwd);
  context.seen.stateDir = stateDir;
  const pruned: Pruned = { deleted: [], kept: [] };
  if (newestRuns(stateDir, 1).length === 0) return pruned;
  const lock = await lockRun(stateDir, { command: 'story runs --prune', waitMs: 0 });
  try {
    deleteRemains(stateDir);
    for (const { id, current } of listRuns(stateDir).reverse().slice(keep)) {
      const reason = current ? 'it is the current one' : whyKept(stateDir, id);
      if (reason !== null) pruned.kept.push({ run: id, reason });
      else {
        deleteRun(stateDir, id);
        pruned.deleted.push(id);
      }
    }
  } finally {
    lock.release();
  }
  return pruned;
}

function whyKept(stateDir: string, id: string): string | null {
  const { lock } = watchdogFiles(dirname(journalPath(stateDir, id)));
  if (isLockHeld(lock)) return 'its watchdog is at work';
  try {
    const { run } = readRun(stateDir, id);
    if (run === null) return null;
    const live = liveFaults(run).map((fault) => fault.id);
    if (live.length > 0) return `${live.join(', ')} ${live.length > 1 ? 'are' : 'is'} live`;
    return run.stack_started ? 'its services are up' : null;
  } catch (error) {
    const told = errorReport(error);
    if (!told) throw error;
    return `what is live of it is not known: ${told.message}`;
  }
}
