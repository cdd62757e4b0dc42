/**
 * The impact of one fault on the workload, as scripts and reports get it: every figure by a name and with a unit, beside the
 * windows that a sparkline of it is drawn from (`drawn-windows.ts`). Pure. Its keys are API; docs/measurement.md explains each.
 */
import { curve, marginOf, shownOf } from './drawn-windows.ts';
import type { During } from './during.ts';
import type { ObservedFault } from './fault-times.ts';
import { assess, givenBaseline, impactOfSimulated } from './impact.ts';
import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from './simulated.ts';
import type { SteadyStateLimits } from './steady-state.ts';
import type { Verdict } from './verdict.ts';
import type { Window } from './windows.ts';
import type { Workload } from './workload.ts';

type Figures = Pick<
  Verdict,
  | 'depth'
  | 'rate_ratio'
  | 'caught_up_after_undo_ms'
  | 'worse_by'
  | 'recovered_after_injection_ms'
  | 'recovered_after_undo_ms'
  | 'before'
  | 'during'
  | 'after'
  | 'resilience'
>;
type Counts = Pick<
  Verdict,
  | 'operations_lost'
  | 'lost_ratio'
  | 'late'
  | 'shortfall'
  | 'silent_ms'
  | 'errors'
  | 'timeouts'
  | 'dropped'
  | 'measured_ms'
  | 'gap_ms'
>;

export type ReportedFigures = Figures & { [Key in keyof Counts]: Counts[Key] | null } & {
  fault: string;
  sentence: string;
  state: Verdict['state'] | 'simulated';
  simulated: boolean;
  /** Operations a second. */
  baseline: number | null;
  /** `measured` before the fault, `set` by somebody, or the earlier run that it was taken from. */
  baseline_from: string | null;
  detect_ms: number | null;
  objective: string | null;
  error_budget_used: number | null;
  steady_state: Omit<During, 'text'>[];
  also_live: string[];
};

export interface ImpactFigures {
  figures: ReportedFigures;
  /** Thresholds that were not met during the fault, in words. */
  unmet: string[];
  /** What to draw: a little before the fault, until it was well again. */
  windows: readonly Window[];
  injectedAtMs: number;
  recoveredAtMs: number | null;
}

const NO_FIGURES: Figures = {
  depth: null,
  rate_ratio: null,
  caught_up_after_undo_ms: null,
  worse_by: [],
  recovered_after_injection_ms: null,
  recovered_after_undo_ms: null,
  before: null,
  during: null,
  after: null,
  resilience: null,
};
const NO_COUNTS = {
  operations_lost: null,
  lost_ratio: null,
  late: null,
  shortfall: null,
  silent_ms: null,
  errors: null,
  timeouts: null,
  dropped: null,
  measured_ms: null,
  gap_ms: null,
};

/** `windows`: since `measuredSince`. `nowMs`: epoch. */
export function impactFigures(
  fault: ObservedFault,
  workload: Workload,
  {
    windows,
    faults,
    steadyState,
    nowMs,
  }: {
    windows: readonly Window[];
    faults: readonly ObservedFault[];
    steadyState: SteadyStateLimits;
    nowMs: number;
  },
): ImpactFigures {
  if (workload.simulated) return reportSimulated(fault, workload, faults, nowMs);
  const assessment = assess(fault, windows, nowMs, {
    others: faults,
    baseline: givenBaseline(workload),
    steadyState,
  });
  const { verdict, frame, during } = assessment;
  const shown = shownOf(assessment);
  return {
    figures: {
      fault: fault.id,
      sentence: assessment.text,
      state: verdict.state,
      simulated: false,
      baseline: verdict.baseline?.rate ?? null,
      baseline_from:
        verdict.baseline &&
        (workload.reference?.run ?? (workload.baseline === null ? 'measured' : 'set')),
      detect_ms: verdict.noticed_after_ms,
      ...figuresOf(verdict),
      ...(verdict.state === 'not_measured' ? NO_COUNTS : countsOf(verdict)),
      objective: steadyState.objective?.text ?? null,
      error_budget_used: assessment.budgetUsed,
      steady_state: during.map(({ threshold, met, worst, unit }) => ({
        threshold,
        met,
        worst,
        unit,
      })),
      also_live: assessment.also,
    },
    unmet: during.filter(({ met }) => !met).map(({ text }) => text),
    windows: shown,
    injectedAtMs: frame.injectedAtMs,
    recoveredAtMs: frame.recoveredAtMs,
  };
}

function figuresOf(verdict: Verdict): Figures {
  const {
    depth,
    rate_ratio,
    caught_up_after_undo_ms,
    worse_by,
    recovered_after_injection_ms,
    recovered_after_undo_ms,
    before,
    during,
    after,
    resilience,
  } = verdict;
  return {
    depth,
    rate_ratio,
    caught_up_after_undo_ms,
    worse_by,
    recovered_after_injection_ms,
    recovered_after_undo_ms,
    before,
    during,
    after,
    resilience,
  };
}

function countsOf(verdict: Verdict): Counts {
  const { operations_lost, lost_ratio, late, shortfall, silent_ms } = verdict;
  const { errors, timeouts, dropped, measured_ms, gap_ms } = verdict;
  return {
    operations_lost,
    lost_ratio,
    late,
    shortfall,
    silent_ms,
    errors,
    timeouts,
    dropped,
    measured_ms,
    gap_ms,
  };
}

function reportSimulated(
  fault: ObservedFault,
  workload: Workload,
  faults: readonly ObservedFault[],
  nowMs: number,
): ImpactFigures {
  const baseline = workload.baseline ?? SIMULATED_BASELINE;
  const rateAt = (atMs: number) => simulatedRate(simulatedTimes(faults), baseline, atMs);
  const injectedAtMs = Date.parse(fault.injected_at ?? fault.injecting_at);
  const recoveredAtMs = fault.recovering_at === null ? null : Date.parse(fault.recovering_at);
  const endMs =
    fault.recovered_at === null ? nowMs : Math.min(nowMs, Date.parse(fault.recovered_at));
  const fromMs = injectedAtMs - marginOf(endMs - injectedAtMs);
  return {
    figures: {
      fault: fault.id,
      sentence: impactOfSimulated(fault, faults, workload, endMs).text,
      state: 'simulated',
      simulated: true,
      baseline,
      baseline_from: 'set',
      detect_ms: null,
      ...NO_FIGURES,
      ...NO_COUNTS,
      rate_ratio: baseline > 0 ? rateAt(endMs) / baseline : null,
      objective: null,
      error_budget_used: null,
      steady_state: [],
      also_live: [],
    },
    unmet: [],
    windows: curve(rateAt, fromMs, endMs),
    injectedAtMs,
    recoveredAtMs,
  };
}
