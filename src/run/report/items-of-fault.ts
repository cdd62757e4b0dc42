/** What a report says of a fault beyond what the journal has checked: what nobody looked at, and how it was recovered. Pure. */
import { label } from '../../fault/instance.ts';
import { withUnit } from '../../impact/thresholds.ts';
import type { Story } from '../../story/story.ts';
import { formatDuration } from '../../terms/duration.ts';
import { whyNotMeasured } from '../hypothesis.ts';
import type { ItemState } from '../judged-item.ts';
import type { Fault } from '../run.ts';
import { type ItemSources, NOTHING, type ReportItem } from './item.ts';

/** What the story wants of a fault and no event tells: from the samples, or not measured. Of a live one, as it is so far. */
export function missing(
  { story, during }: ItemSources,
  fault: Fault,
  items: readonly ReportItem[],
): ReportItem[] {
  if (!story || fault.injected_at === null) return [];
  const { id, chapter } = fault;
  const { thresholds, probes } = story.steady_state;
  const isKnown = (name: string, when: ReportItem['when']) =>
    items.some((item) => item.fault === id && item.when === when && item.name === name);
  const unknown = { ...NOTHING, chapter, fault: id, state: 'not_measured' } as const;
  const isOver = fault.recovered_at !== null;
  return [
    ...thresholds
      .filter(({ measure }) => !isKnown(measure, 'during'))
      .flatMap((threshold): ReportItem[] => {
        const { measure, text: wanted } = threshold;
        const about = {
          ...unknown,
          kind: 'threshold',
          when: 'during',
          name: measure,
          wanted,
        } as const;
        const held = during.get(id)?.find((each) => each.threshold === `${measure} ${wanted}`);
        if (held && held.worst !== null)
          return [
            {
              ...about,
              state: held.met ? 'met' : 'deviated',
              measured: held.worst,
              unit: held.unit,
              text: `${measure} at worst ${withUnit(held.worst, threshold)} (wanted: ${wanted})`,
            },
          ];
        const text = `${measure} not measured: ${whyNotMeasured(fault)} (wanted: ${wanted})`;
        return [{ ...about, text }];
      }),
    ...probes
      .filter(({ name }) => isOver && !isKnown(name, 'after'))
      .map(({ name }): ReportItem => {
        return { ...unknown, kind: 'probe', when: 'after', name, text: 'not looked at' };
      }),
  ];
}

/** None for a fault that did not happen. One whose command was cut off in the middle is live, and may have. */
export function recovery(fault: Fault, story: Story | null): ReportItem[] {
  const { id, chapter, phase, outcome, reason } = fault;
  if (outcome === 'never_happened') return [];
  const limitMs = story?.steady_state.recover_within_ms ?? null;
  const tookMs =
    outcome === 'verified' && fault.recovered_at !== null && fault.recovering_at !== null
      ? Math.max(0, Date.parse(fault.recovered_at) - Date.parse(fault.recovering_at))
      : null;
  const state: ItemState =
    outcome === 'verified' ? 'met' : phase === 'unverified' ? 'deviated' : 'not_measured';
  const what = `${fault.kind} ${fault.targets.map(label).join(', ')}`;
  const live = fault.injected_at === null ? 'live, if it happened' : 'still live';
  const text = outcome === 'closed' ? `closed by hand, not verified: ${reason}` : (reason ?? live);
  return [
    {
      kind: 'recovery',
      when: null,
      chapter,
      fault: id,
      name: `recovery of ${id} (${what})`,
      wanted: limitMs === null ? 'verified' : `verified within ${formatDuration(limitMs)}`,
      state,
      measured: tookMs,
      unit: tookMs === null ? null : 'ms',
      text,
    },
  ];
}
