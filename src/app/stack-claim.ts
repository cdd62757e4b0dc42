/**
 * One run at a time breaks a stack, also where the runs are on different machines: a run claims it on the engine before its first fault
 * or its load, and lets go of it when nothing of these goes on or comes again. Engines that one machine alone reaches have no claim.
 */
import { hostname } from 'node:os';
import type { Claimant, Engine } from '../engine/engine.ts';
import { lockRun } from '../journal/index.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { liveSchedules } from '../run/schedules.ts';
import { callerName } from '../system/owner.ts';

/** Beyond the end of a fault: a recovery may take long, and be repeated. */
const MARGIN_MS = 10 * 60_000;
/** What has no end is forgotten by then. */
const ENDLESS_MS = 12 * 3_600_000;

/** `durationMs`: of a fault, or of all turns of a schedule, that is about to be; null: it has no end. Throws Refusal `stack_claimed`. */
export async function claimStack(
  { claim }: Engine,
  run: Run,
  stateDir: string,
  durationMs: number | null,
): Promise<void> {
  if (!claim) return;
  await claim.take(claimantOf(run, stateDir), holdMs(run, durationMs));
}

/** Lets go where nothing of the run disturbs the stack any more, or will again. */
export async function settleClaim({ claim }: Engine, run: Run, stateDir: string): Promise<void> {
  const isOver =
    liveFaults(run).length === 0 && liveSchedules(run).length === 0 && run.workload === null;
  if (claim && isOver) await claim.release(claimantOf(run, stateDir));
}

/** As `settleClaim`, for a command that has no lock yet: nobody may begin something meanwhile. Throws Refusal `run_busy`. */
export async function settleLeftClaim(
  engine: Engine,
  stateDir: string,
  command: string,
): Promise<void> {
  if (!engine.claim) return;
  const journal = await lockRun(stateDir, { command, waitMs: 0 });
  try {
    if (journal.run) await settleClaim(engine, journal.run, stateDir);
  } finally {
    journal.release();
  }
}

function holdMs(run: Run, durationMs: number | null): number {
  const now = Date.now();
  const ends = liveFaults(run).map(({ deadline }) =>
    deadline === null ? null : Date.parse(deadline) - now,
  );
  const lastTurns = liveSchedules(run).map(
    ({ ends_at, inject }) => Date.parse(ends_at) - now + inject.duration_ms,
  );
  const all = [durationMs, ...ends, ...lastTurns, ...(run.workload === null ? [] : [null])];
  return all.some((end) => end === null) ? ENDLESS_MS : Math.max(...all.map(Number)) + MARGIN_MS;
}

/** Ids of runs are counted in each folder anew; with the time they are nobody else's. */
function claimantOf({ id, started_at }: Run, stateDir: string): Claimant {
  return {
    run: `${id} of ${started_at}`,
    who: `${callerName()} at ${hostname()} in ${stateDir}`,
  };
}
