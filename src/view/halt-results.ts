/** What `fault halt` and `fault resume` hand back: the object for `--json` and the lines for a person. Pure. */
import type { Halt } from '../run/halt.ts';
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import type { Schedule } from '../run/schedules.ts';
import { faultJson, faultWords, haltLine } from './fault-results.ts';
import type { Result } from './results.ts';
import { endedLine, schedulesJson } from './schedule-results.ts';

export function haltedResult({
  halt,
  run,
  faults,
  schedules,
  verdicts,
}: {
  halt: Halt;
  run: Run | null;
  /** Those that were live, as they stand now. */
  faults: readonly Fault[];
  /** Those that ended with it. */
  schedules: readonly Schedule[];
  /** By their ids. */
  verdicts: ReadonlyMap<string, string>;
}): Result {
  const ended = schedules.map((each) => endedLine(each, verdicts.get(each.id) ?? null));
  const recovered = faults.map(({ id, reason }) => `${id} recovered: ${reason}`);
  return {
    json: {
      halted: halt,
      run: run?.id ?? null,
      faults: faults.map(faultJson),
      schedules: schedulesJson(schedules, verdicts),
      live_faults: run ? liveFaults(run).map(faultJson) : [],
    },
    lines: [
      haltLine(halt),
      ...(recovered.length > 0 ? recovered : ['No fault is live.']),
      ...ended,
    ],
  };
}

export function resumedResult({
  halt,
  faults,
}: {
  /** What was taken back; null: nothing was halted. */
  halt: Halt | null;
  /** Still live. */
  faults: readonly Fault[];
}): Result {
  const said = halt
    ? `Faults may be injected again. It had been halted by ${halt.by} since ${halt.since}.`
    : 'Nothing was halted here.';
  const live = faults.length > 0 ? [`Still live: ${faults.map(faultWords).join(', ')}.`] : [];
  return { json: { resumed: halt, live_faults: faults.map(faultJson) }, lines: [said, ...live] };
}
