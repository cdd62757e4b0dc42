/** The part of the story's schema that says when an experiment has to end early: one condition an item. */
import * as v from 'valibot';
import type { AbortCondition } from '../../impact/abort-condition.ts';
import { formatDuration } from '../../terms/duration.ts';
import { about, exactlyOne, list, mapping } from './schema-shapes.ts';
import { duration } from './schema-terms.ts';
import { ILL, MEASURES, threshold, toThreshold } from './schema-threshold.ts';

/** Long enough that one bad second ends nothing. */
const HOLDS_FOR = '3s';
const LONGEST_MS = 5 * 60_000;

const ConditionSchema = v.pipe(
  mapping(
    {
      throughput: v.optional(
        threshold(
          ILL,
          'throughput',
          'Operations a second, against those before the fault or as a number.',
        ),
      ),
      errors: v.optional(threshold(ILL, 'errors', 'Share of operations that fail.')),
      p99: v.optional(
        threshold(ILL, 'p99', 'The time within which 99 % of the operations come back.'),
      ),
      for: v.optional(
        about(
          duration({ minMs: 500, maxMs: LONGEST_MS }),
          'How long it has to hold, in each second of it. Default: 3s.',
          ['3s', '500ms'],
        ),
        HOLDS_FOR,
      ),
    },
    `one of ${MEASURES.join(', ')}; for`,
  ),
  exactlyOne(MEASURES, 'Make a list item of each.'),
  v.transform((item): AbortCondition => {
    const measure = MEASURES.find((each) => item[each] !== undefined) as (typeof MEASURES)[number];
    const text = item[measure] as string;
    return {
      on: 'workload',
      threshold: toThreshold(ILL, measure, text),
      for_ms: item.for,
      text: `${measure} ${text} for ${formatDuration(item.for)}`,
    };
  }),
);

export const AbortIfSchema = about(
  list(ConditionSchema, 'conditions, one key each'),
  'While a fault is live, each of these ends every fault at once, and the command exits 8. Needs a workload that is measured.',
  [[{ errors: '> 20%' }, { throughput: '< 20% of baseline', for: '5s' }]],
);
