/** The part of the story's schema that says when the stack is well: thresholds on what the workload measures. */
import * as v from 'valibot';
import { parseDuration } from '../duration.ts';
import type { SteadyState, Threshold } from '../story.ts';
import { about, exactlyOne, list, mapping } from './schema-shapes.ts';
import { duration, matching } from './schema-terms.ts';

const RECOVER_WITHIN_MS = 30_000;

const THRESHOLDS = {
  throughput: {
    pattern: /^(>=|>) *(\d+(?:\.\d+)?) *(% of baseline|\/s)$/,
    units: { '% of baseline': '% of baseline', '/s': 'ops/s' },
    like: '">= 50% of baseline" or ">= 100/s"',
  },
  errors: { pattern: /^(<=|<) *(\d+(?:\.\d+)?) *(%)$/, units: { '%': '%' }, like: '"<= 1%"' },
  p99: { pattern: /^(<=|<) *((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$/, units: {}, like: '"<= 250ms"' },
} as const;

type Measure = Threshold['measure'];
const MEASURES = Object.keys(THRESHOLDS) as Measure[];

function threshold(measure: Measure, description: string) {
  const { pattern, like } = THRESHOLDS[measure];
  return about(
    matching(pattern, `a threshold such as ${like}`),
    description,
    [...like.matchAll(/"([^"]*)"/g)].map(([, example]) => example as string),
  );
}

function toThreshold(measure: Measure, written: string): Threshold {
  const [, operator, value, unit] = THRESHOLDS[measure].pattern.exec(written) as RegExpExecArray;
  const common = { measure, text: written, operator: operator as Threshold['operator'] };
  if (measure === 'p99') return { ...common, value: parseDuration(value as string) as number, unit: 'ms' };
  const units: Record<string, Threshold['unit']> = THRESHOLDS[measure].units;
  return { ...common, value: Number(value), unit: units[unit as string] as Threshold['unit'] };
}

const ONE_THRESHOLD = 'Make a list item of each.';

const SteadyItemSchema = v.pipe(
  mapping(
    {
      throughput: v.optional(threshold('throughput', 'Operations a second, against those before the fault or as a number.')),
      errors: v.optional(threshold('errors', 'Share of operations that fail.')),
      p99: v.optional(threshold('p99', 'The time within which 99 % of the operations come back.')),
      recover_within: v.optional(about(duration({ minMs: 1000 }), 'How long a recovery may take until it is called not verified. Default: 30s.')),
    },
    `one of ${MEASURES.join(', ')}, recover_within`,
  ),
  exactlyOne([...MEASURES, 'recover_within'], ONE_THRESHOLD),
);

export const SteadyStateSchema = about(
  v.pipe(
    list(SteadyItemSchema, 'thresholds, one key each'),
    v.transform(
      (items): SteadyState => ({
        thresholds: items.flatMap((item) => MEASURES.flatMap((measure) => (item[measure] === undefined ? [] : toThreshold(measure, item[measure])))),
        recover_within_ms: items.find((item) => item.recover_within !== undefined)?.recover_within ?? RECOVER_WITHIN_MS,
      }),
    ),
  ),
  'What says that the stack is well; one key an item.',
  [[{ throughput: '>= 50% of baseline' }, { errors: '<= 1%' }, { p99: '<= 250ms' }, { recover_within: '30s' }]],
);
