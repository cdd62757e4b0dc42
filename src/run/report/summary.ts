/** A run in one line of a list. Pure. */
import * as v from 'valibot';
import type { Report } from './report.ts';

const number = v.nullable(v.number());

export const RunSummarySchema = v.object({
  run: v.string(),
  state: v.picklist(['over', 'under_way']),
  /** ISO. */
  started_at: v.string(),
  ended_at: v.string(),
  duration_ms: v.number(),
  story: v.string(),
  verdict: v.picklist(['held', 'deviated', 'not_measured']),
  /** Of what was expected. */
  met: v.number(),
  deviated: v.number(),
  not_measured: v.number(),
  faults: v.number(),
  live_faults: v.number(),
  operations_lost: number,
  longest_recovery_ms: number,
  simulated: v.boolean(),
});
export type RunSummary = v.InferOutput<typeof RunSummarySchema>;

export function summaryOf({ run, verdict }: Report): RunSummary {
  const { id, state, started_at, ended_at, duration_ms, story } = run;
  const { met, deviated, not_measured, faults, live_faults } = verdict;
  const { operations_lost, longest_recovery_ms, simulated } = verdict;
  return {
    run: id,
    state,
    started_at,
    ended_at,
    duration_ms,
    story: story.name,
    verdict: verdict.state,
    met,
    deviated,
    not_measured,
    faults,
    live_faults,
    operations_lost,
    longest_recovery_ms,
    simulated,
  };
}
