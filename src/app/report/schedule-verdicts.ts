/** One sentence for all turns of a schedule, as the report has it. Reads all of the run, so it is asked for only where one is shown. */
import type { Schedule } from '../../run/schedules.ts';
import type { Context } from '../context.ts';
import { findStateDir } from '../locate.ts';

/** By the schedule's id; empty where the run cannot be read as a report. */
export async function scheduleVerdicts(
  context: Context,
  schedules: readonly Schedule[],
): Promise<ReadonlyMap<string, string>> {
  if (schedules.length === 0) return new Map();
  const { readReport } = await import('./read-report.ts');
  try {
    const stateDir = findStateDir(context.flags, context.cwd);
    const { report } = readReport(stateDir, null, context.version);
    return new Map(report.schedules.map(({ id, sentence }) => [id, sentence]));
  } catch {
    // What came of it is in the report, or the report says why not.
    return new Map();
  }
}
