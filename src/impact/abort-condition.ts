/**
 * What ends an experiment early: a condition of `abort_if` as the story has it and as the journal keeps it with the intent
 * of a fault, so that who guards the fault needs no story. One row a kind of thing that is looked at.
 */
import * as v from 'valibot';
import { BaselineSchema } from './baseline.ts';

const ThresholdSchema = v.object({
  measure: v.picklist(['throughput', 'errors', 'p99']),
  text: v.string(),
  operator: v.picklist(['<=', '>=', '<', '>']),
  value: v.number(),
  unit: v.picklist(['% of baseline', 'ops/s', '%', 'ms']),
});

export const AbortConditionSchema = v.variant('on', [
  /** On what the workload measures; it has to hold for so long without a second in which it does not. */
  v.object({
    on: v.literal('workload'),
    threshold: ThresholdSchema,
    for_ms: v.number(),
    text: v.string(),
  }),
]);

/** `text`: `errors > 20% for 3s`. */
export type AbortCondition = v.InferOutput<typeof AbortConditionSchema>;

/** The baseline of an earlier run, as the journal keeps it with the workload that is compared with it. */
export const ReferenceSchema = v.object({
  run: v.string(),
  kind: v.string(),
  ...BaselineSchema.entries,
});

export type Reference = v.InferOutput<typeof ReferenceSchema>;
