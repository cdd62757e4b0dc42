/** How the steady state stands, as the journal keeps it: each threshold and probe with its figure. */
import type { During } from '../impact/during.ts';
import type { ThresholdResult } from '../impact/thresholds.ts';
import type { CheckedItem } from '../run/checked-item.ts';
import type { RunnerEvent } from '../run/progress.ts';
import { type RunnerPorts, record } from './ports.ts';
import type { ProbeCheck } from './probe.ts';

/**
 * Writes it down and hands it on; null, and nothing written, where the story has nothing to look at. `fault`: the one that it
 * was looked at for, which may be about to begin; null: it was refused.
 */
export function checkedEvent(
  ports: RunnerPorts,
  when: 'before' | 'during' | 'after',
  fault: string | null,
  items: CheckedItem[],
): RunnerEvent | null {
  if (items.length === 0) return null;
  return record(ports, { type: 'steady_state.checked', when, fault, items });
}

/** At one moment. */
export function itemsNow(
  thresholds: readonly ThresholdResult[],
  probes: readonly ProbeCheck[],
): CheckedItem[] {
  return [
    ...thresholds.map(
      ({ threshold: { measure, text: wanted, unit }, met, measured, text }): CheckedItem => {
        return { kind: 'threshold', name: measure, wanted, met, measured, unit, text };
      },
    ),
    ...probes.map(({ probe, met, text }): CheckedItem => {
      return { kind: 'probe', name: probe, wanted: '', met, measured: null, unit: null, text };
    }),
  ];
}

/** Over the time of a fault: the worst second of each. */
export function itemsDuring(during: readonly During[]): CheckedItem[] {
  return during.map(({ threshold, met, worst, unit, text }) => {
    const [name = '', ...wanted] = threshold.split(' ');
    return {
      kind: 'threshold',
      name,
      wanted: wanted.join(' '),
      met,
      measured: worst,
      unit,
      text,
    };
  });
}
