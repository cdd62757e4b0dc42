/** All faults of a chapter's attempt. The run itself keeps its newest ones alone, and a schedule has had more: those are read from the journal. */
import { join } from 'node:path';
import { readEvents } from '../journal/index.ts';
import { faultsOfAttempt } from '../run/attempts.ts';
import { replayed } from '../run/report/replayed.ts';
import type { Fault } from '../run/run.ts';

/** `kept`: those of them that the run has. `others`: all faults of the run. */
export function everyFault(
  runDir: string,
  kept: readonly Fault[],
  others: readonly Fault[],
): { faults: readonly Fault[]; others: readonly Fault[] } {
  const chapter = kept.find(({ schedule }) => schedule !== null)?.chapter ?? null;
  if (chapter === null) return { faults: kept, others };
  const { run, faults } = replayed([...readEvents(join(runDir, 'journal.ndjson'))]);
  return { faults: faultsOfAttempt({ ...run, faults }, chapter), others: faults };
}
