/** Stops the load. */
import type { Found } from '../run/progress.ts';
import type { Run } from '../run/run.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView } from './context.ts';

/** `found`: null where none ran. Throws Refusal `deviated` after it has stopped, where acknowledged writes were lost. */
export async function stopWorkload(
  context: Context,
): Promise<{ run: Run | null; found: Found | null }> {
  const { run: before } = currentView(context);
  if (!before?.workload) return { run: before, found: null };
  const { run, result } = await carryOut(context, { recovers: true }, (runner) =>
    runner.stopWorkload(),
  );
  return { run, found: result };
}
