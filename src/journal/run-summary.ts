/**
 * What came of a run that is over, in `summary.json` beside it, so that a list of many runs reads no journals. A by-product: one that
 * is lost, damaged, of another version or older than its journal is made again.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { type RunSummary, RunSummarySchema } from '../run/report/summary.ts';
import { writeRecord } from './disk.ts';

/** To be raised where the same run comes to another summary. */
const VERSION = 1;
const FileSchema = v.object({
  v: v.literal(VERSION),
  /** Length of the journal that it was made of. */
  journal_bytes: v.number(),
  summary: RunSummarySchema,
});

/** Null where there is none that is good. Never throws. */
export function readSummary(runDir: string): RunSummary | null {
  try {
    const result = v.safeParse(FileSchema, JSON.parse(readFileSync(pathIn(runDir), 'utf8')));
    const isGood = result.success && result.output.journal_bytes === journalBytes(runDir);
    return isGood ? result.output.summary : null;
  } catch {
    return null;
  }
}

/** Of a run that is over. `journalBytes`: from before it was read. Never throws: it is made again. */
export function keepSummary(runDir: string, summary: RunSummary, bytes: number): void {
  try {
    writeRecord(pathIn(runDir), { v: VERSION, journal_bytes: bytes, summary });
  } catch {
    // See above.
  }
}

export function journalBytes(runDir: string): number {
  return statSync(join(runDir, 'journal.ndjson'), { throwIfNoEntry: false })?.size ?? 0;
}

const pathIn = (runDir: string) => join(runDir, 'summary.json');
