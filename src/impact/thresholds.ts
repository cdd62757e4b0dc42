/** The steady state's thresholds held against measured windows. Pure. */
import { formatDuration } from '../terms/duration.ts';
import { type Baseline, isSick, SICK_RATIO } from './baseline.ts';
import type { SteadyStateLimits, Threshold } from './steady-state.ts';
import { errorRatioOf, merge, rateOf, type Window } from './windows.ts';

export interface ThresholdResult {
  threshold: Threshold;
  met: boolean;
  /** In the threshold's unit; null: it cannot be told, and is not met. */
  measured: number | null;
  /** `throughput 42% of baseline (wanted: >= 50% of baseline)` */
  text: string;
}

/** Over all the windows together. `baseline`: operations a second, null where there is none yet. p99 is good to 6 %. */
export function checkSteadyState(
  windows: readonly Window[],
  steadyState: SteadyStateLimits,
  baseline: number | null,
): ThresholdResult[] {
  const whole = merge(windows);
  return steadyState.thresholds.map((threshold) => {
    const measured = whole && measureOf(whole, threshold, baseline);
    const met = measured !== null && isMet(measured, threshold);
    const found =
      measured === null
        ? `not measured${whole && threshold.unit === '% of baseline' && !baseline ? ': no baseline yet' : ''}`
        : withUnit(measured, threshold);
    return {
      threshold,
      met,
      measured,
      text: `${threshold.measure} ${found} (wanted: ${threshold.text})`,
    };
  });
}

/** A load that fails before any fault is no baseline, unless the story has a threshold for errors of its own. Empty where all is well. */
export function checkBaseline(
  baseline: Baseline | null,
  { thresholds }: SteadyStateLimits,
): ThresholdResult[] {
  if (!baseline || !isSick(baseline) || thresholds.some(({ measure }) => measure === 'errors'))
    return [];
  const value = SICK_RATIO * 100;
  const threshold: Threshold = {
    measure: 'errors',
    text: `<= ${value}%`,
    operator: '<=',
    value,
    unit: '%',
  };
  const measured = baseline.error_ratio * 100;
  const text = `errors ${withUnit(measured, threshold)}, without any fault: what is compared with that proves nothing (wanted: ${threshold.text})`;
  return [{ threshold, met: false, measured, text }];
}

/** In the threshold's unit; null: it cannot be told. */
export function measureOf(
  whole: Window,
  { measure, unit }: Threshold,
  baseline: number | null,
): number | null {
  switch (measure) {
    case 'throughput':
      if (unit !== '% of baseline') return rateOf(whole);
      return baseline ? (rateOf(whole) / baseline) * 100 : null;
    case 'errors':
      return errorRatioOf(whole) * 100;
    case 'p99':
      return whole.p99_ms;
  }
}

export function isMet(measured: number, { operator, value }: Threshold): boolean {
  switch (operator) {
    case '<=':
      return measured <= value;
    case '>=':
      return measured >= value;
    case '<':
      return measured < value;
    case '>':
      return measured > value;
  }
}

export function withUnit(measured: number, { unit }: Threshold): string {
  if (unit === 'ms') return formatDuration(measured);
  const rounded = measured >= 100 ? Math.round(measured) : Number(measured.toPrecision(3));
  return unit === 'ops/s' ? `${rounded} ${unit}` : `${rounded}${unit}`;
}
