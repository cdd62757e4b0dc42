/** Makes the report of a run, and writes it where it is wanted: into the run's folder, into a file, or nowhere. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Report } from '../../run/report/report.ts';
import { replaceFile } from '../../system/files.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { type Context, currentView } from '../context.ts';
import { findStateDir } from '../locate.ts';
import { type ReadReport, readReport } from './read-report.ts';

export interface ReportWish {
  /** Null: the current run. */
  run: string | null;
  /** Null: in the run's folder; `-`: nowhere. */
  output: string | null;
  /** Its file's name in the run's folder. */
  name: string;
}

export interface WrittenReport {
  report: Report;
  text: string;
  /** Absolute; null: it was not written. */
  path: string | null;
}

/** Throws as `readReport` does, and Refusal `state_unwritable` where the file cannot be written. */
export async function writeReport(
  context: Context,
  { run, output, name }: ReportWish,
  render: (report: Report, records: Pick<ReadReport, 'events' | 'windows'>) => Promise<string>,
): Promise<WrittenReport> {
  const stateDir = findStateDir(context.flags, context.cwd);
  context.seen.stateDir = stateDir;
  if (run === null) currentView(context);
  const { report, folder, ...records } = readReport(stateDir, run, context.version);
  const text = await render(report, records);
  if (output === '-') return { report, text, path: null };
  const path = output === null ? join(folder, name) : resolve(context.cwd, output);
  writeText(path, text, output === null);
  return { report, text, path };
}

/** `isOurs`: in the run's folder. Throws Refusal `state_unwritable`. */
export function writeText(path: string, text: string, isOurs = false): void {
  try {
    if (isOurs) replaceFile(path, text);
    // What a user names may be a pipe or a device, which cannot be replaced.
    else writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new Refusal(
      'state_unwritable',
      `The report ${path} cannot be written: ${why}.`,
      'Name another file with --output, or print it with --output -.',
      [],
      { cause: error },
    );
  }
}
