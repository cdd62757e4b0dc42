/** The part of the story's schema that says what a chapter expects of its faults: one key an item. */
import * as v from 'valibot';
import type { HypothesisItem } from '../hypothesis-spec.ts';
import { AlertSchema } from './schema-alert.ts';
import { about, exactlyOne, list, mapping } from './schema-shapes.ts';
import { duration, matching, NAME, one } from './schema-terms.ts';
import { MEASURES, toThreshold, WELL, WELL_KEYS } from './schema-threshold.ts';

const KEYS = [...MEASURES, 'probe', 'recovers_within', 'only', 'alert'] as const;

const ItemSchema = v.pipe(
  mapping(
    {
      ...WELL_KEYS,
      probe: v.optional(
        about(
          matching(/^\S(.*\S)?$/, 'the name of a probe of steady_state'),
          'A probe of steady_state, by its name: it is met all the time while the fault lives.',
          ['checkout'],
        ),
      ),
      recovers_within: v.optional(
        about(
          duration({ minMs: 100 }),
          'How long it may take from the undo of a fault until all is seen well again.',
        ),
      ),
      only: v.optional(
        about(
          v.pipe(
            list(matching(NAME, 'the name of a service'), 'services'),
            v.minLength(1, 'needs one service at least'),
          ),
          'The services that may be affected; those that the fault hits itself always may.',
          [['web', 'cache']],
        ),
      ),
      alert: v.optional(AlertSchema),
    },
    `one of ${KEYS.join(', ')}`,
  ),
  exactlyOne(KEYS, 'Make a list item of each.'),
  v.transform((item): HypothesisItem => {
    for (const measure of MEASURES) {
      const text = item[measure];
      if (text !== undefined)
        return { expect: 'threshold', threshold: toThreshold(WELL, measure, text) };
    }
    if (item.probe !== undefined) return { expect: 'probe', probe: item.probe };
    if (item.alert !== undefined) return { expect: 'alert', alert: item.alert };
    if (item.only !== undefined) return { expect: 'only', services: item.only };
    return { expect: 'recovers_within', within_ms: item.recovers_within as number };
  }),
);

export const HypothesisSchema = about(
  list(ItemSchema, 'expectations, one key each'),
  'What the chapter expects of its faults, checked while they live and after them; one key an item.',
  [[{ errors: '<= 1%' }, { p99: '<= 500ms' }, { recovers_within: '10s' }, { only: ['web'] }]],
);

export const OnDeviationSchema = about(
  one(['stop', 'continue'], 'what to do'),
  'What becomes of a hypothesis that deviated: stop ends the command with exit code 8, continue only says so.',
);
