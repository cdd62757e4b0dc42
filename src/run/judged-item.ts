/** One item of a hypothesis, as it was judged. Stands in the journal. Pure. */
import * as v from 'valibot';

export const ITEM_STATES = ['met', 'deviated', 'not_measured'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export const JudgedItemSchema = v.object({
  /** As in the story: `threshold`, `probe`, `recovers_within`, `only`, `alert`. */
  expect: v.picklist(['threshold', 'probe', 'recovers_within', 'only', 'alert']),
  /** `p99`, `probe checkout`, `recovery`. */
  name: v.string(),
  /** `<= 250ms` */
  wanted: v.string(),
  state: v.picklist(ITEM_STATES),
  /** In `unit`; null: it has no figure, or it could not be measured. */
  measured: v.nullable(v.number()),
  unit: v.nullable(v.string()),
  text: v.string(),
});
export type JudgedItem = v.InferOutput<typeof JudgedItemSchema>;

/** Of a whole hypothesis: one item that deviated is enough, and met is what has one item that was measured. */
export function stateOf(items: readonly Pick<JudgedItem, 'state'>[]): ItemState {
  if (items.some(({ state }) => state === 'deviated')) return 'deviated';
  return items.some(({ state }) => state === 'met') ? 'met' : 'not_measured';
}
