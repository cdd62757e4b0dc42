/** Compares runs of this folder, or the report of a run of before that somebody kept. Looks only. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import {
  type Compared,
  ComparedSchema,
  type Comparison,
  compare,
} from '../../run/report/compare.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Context } from '../context.ts';
import { findStateDir } from '../locate.ts';
import { readReport } from './read-report.ts';

export interface CompareWish {
  /** The one that is compared; null: the current one, or the last of `runs` where there are several. */
  run: string | null;
  /** Those before; none where `against` is given. */
  runs: readonly string[];
  /** A report as JSON. */
  against: string | null;
  /** A share that something may be worse by; null: nothing fails. */
  allowed: number | null;
}

/** Throws as `readReport` does, and Refusal `usage` for a file that is no report. */
export function compareRuns(
  context: Context,
  { run, runs, against, allowed }: CompareWish,
): Comparison {
  const stateDir = findStateDir(context.flags, context.cwd);
  context.seen.stateDir = stateDir;
  const reportOf = (id: string | null): Compared =>
    readReport(stateDir, id, context.version).report;
  if (against !== null)
    return compare([readKept(resolve(context.cwd, against))], reportOf(run), allowed);
  const isLast = run === null && runs.length > 1;
  const before = isLast ? runs.slice(0, -1) : runs;
  const after = isLast ? (runs.at(-1) as string) : run;
  return compare(before.map(reportOf), reportOf(after), allowed);
}

function readKept(path: string): Compared {
  const result = v.safeParse(ComparedSchema, readJson(path));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Refusal(
    'usage',
    `${path} is no report that this version of gameday can read: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`,
    'story report --format json --output FILE',
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it is no JSON';
    throw new Refusal(
      'usage',
      `The report ${path} cannot be read: ${why}.`,
      'story report --format json --output FILE',
      [],
      { cause: error },
    );
  }
}
