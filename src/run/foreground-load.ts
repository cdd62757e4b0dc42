/** A load in the foreground ends with its command. Where that was killed, whoever comes next writes the end down. Pure. */
import type { Run } from './run.ts';

/** As the reason of that end. */
export const COMMAND_GONE = 'the command that carried it was gone';

/** By its start; null: there is none. */
export function foregroundLoad(run: Run | null): string | null {
  return run?.workload?.foreground ? run.workload.started_at : null;
}
