/** What came of a run in a few figures: whether everything it expected was so, and what its faults cost. Pure. */
import type { ReportFault } from './faults.ts';
import type { ReportItem } from './item.ts';

export interface ReportVerdict {
  /** `held`: some items were met, and none deviated. `not_measured`: there was nothing to tell by. */
  state: 'held' | 'deviated' | 'not_measured';
  met: number;
  deviated: number;
  not_measured: number;
  /** Ids of the chapters whose hypothesis deviated. */
  deviated_hypotheses: string[];
  /** Those that happened. */
  faults: number;
  live_faults: number;
  /** Of all faults together; null: nothing was measured. */
  operations_lost: number | null;
  /** The longest time from an injection until the workload was well again; null: none was worse, or nothing was measured. */
  longest_recovery_ms: number | null;
  /** The workload was never well again after some fault. */
  still_worse: boolean;
  /** The lowest rate under any fault, as a share of the baseline. */
  lowest_depth: number | null;
  /** Some of it is a curve. */
  simulated: boolean;
}

export function verdictOf(
  items: readonly ReportItem[],
  faults: readonly ReportFault[],
): ReportVerdict {
  const count = (state: ReportItem['state']) => items.filter((item) => item.state === state).length;
  const [met, deviated] = [count('met'), count('deviated')];
  const happened = faults.filter(
    ({ injected_at, outcome }) => injected_at !== null && outcome !== 'never_happened',
  );
  const figures = happened.flatMap(({ impact }) => impact ?? []);
  const lost = figures.flatMap(({ operations_lost }) => operations_lost ?? []);
  return {
    state: deviated > 0 ? 'deviated' : met > 0 ? 'held' : 'not_measured',
    met,
    deviated,
    not_measured: count('not_measured'),
    deviated_hypotheses: [
      ...new Set(
        items.flatMap(({ kind, state, chapter }) =>
          kind === 'hypothesis' && state === 'deviated' && chapter !== null ? chapter : [],
        ),
      ),
    ],
    faults: happened.length,
    live_faults: faults.filter(({ phase }) => phase !== 'recovered').length,
    operations_lost: lost.length > 0 ? lost.reduce((sum, each) => sum + each, 0) : null,
    longest_recovery_ms: most(figures.map((each) => each.recovered_after_injection_ms)),
    still_worse: figures.some(({ state }) => state === 'worse'),
    lowest_depth: least(figures.map(({ depth }) => depth)),
    simulated: figures.some(({ simulated }) => simulated),
  };
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((each) => each !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((each) => each !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
