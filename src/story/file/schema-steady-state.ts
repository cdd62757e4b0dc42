/** The part of the story's schema that says when the stack is well: thresholds on what the workload measures, and probes. */
import * as v from 'valibot';
import type { Objective } from '../../impact/steady-state.ts';
import type { SteadyState } from '../story.ts';
import { say } from './schema-messages.ts';
import { ProbeSchema } from './schema-probe.ts';
import { about, exactlyOne, list, mapping } from './schema-shapes.ts';
import { duration, matching } from './schema-terms.ts';
import { MEASURES, toThreshold, WELL, WELL_KEYS } from './schema-threshold.ts';

const OBJECTIVE = /^(\d{1,2}(?:\.\d+)?)% over (\d+)(h|d|w)$/;
const HOURS = { h: 1, d: 24, w: 168 } as const;

function toObjective(text: string): Objective {
  const [, percent, count, unit] = OBJECTIVE.exec(text) as RegExpExecArray;
  return {
    text,
    share: Math.round(Number(percent) * 1e9) / 1e11,
    period_ms: Number(count) * HOURS[unit as keyof typeof HOURS] * 3_600_000,
  };
}

const KEYS = [...MEASURES, 'probe', 'objective', 'recover_within'] as const;
const ONE_THRESHOLD = 'Make a list item of each.';

const SteadyItemSchema = v.pipe(
  mapping(
    {
      ...WELL_KEYS,
      probe: v.optional(ProbeSchema),
      objective: v.optional(
        about(
          v.pipe(
            matching(OBJECTIVE, 'an objective such as "99.9% over 30d"'),
            v.check(
              (text) => !OBJECTIVE.test(text) || toObjective(text).period_ms > 0,
              () => say('the period of an objective must be longer than nothing'),
            ),
          ),
          'How many operations have to come back well, over how long. What may fail is the error budget; each fault says how much of it it used.',
          ['99.9% over 30d', '99% over 1w'],
        ),
      ),
      recover_within: v.optional(
        about(
          duration({ minMs: 1000 }),
          'How long a recovery may take until it is called not verified. Default: 30s.',
        ),
      ),
    },
    `one of ${KEYS.join(', ')}`,
  ),
  exactlyOne(KEYS, ONE_THRESHOLD),
);

export const SteadyStateSchema = about(
  v.pipe(
    list(SteadyItemSchema, 'thresholds and probes, one key each'),
    v.transform(
      (items): SteadyState => ({
        thresholds: items.flatMap((item) =>
          MEASURES.flatMap((measure) =>
            item[measure] === undefined ? [] : toThreshold(WELL, measure, item[measure]),
          ),
        ),
        probes: items.flatMap((item) => item.probe ?? []),
        objective:
          items.flatMap(({ objective }) =>
            objective === undefined ? [] : toObjective(objective),
          )[0] ?? null,
        recover_within_ms:
          items.find((item) => item.recover_within !== undefined)?.recover_within ?? null,
      }),
    ),
    v.check(
      ({ probes }) => twice(probes) === undefined,
      ({ input }) =>
        say(
          `two probes are called "${twice((input as SteadyState).probes)}"`,
          'Give one of them a `name:` of its own.',
        ),
    ),
  ),
  'What says that the stack is well; one key an item.',
  [
    [
      { throughput: '>= 50% of baseline' },
      { errors: '<= 1%' },
      { p99: '<= 250ms' },
      { recover_within: '30s' },
    ],
  ],
);

/** The first name that two of them have. */
function twice(probes: SteadyState['probes']): string | undefined {
  return probes.find(({ name }, index) => probes.findIndex((each) => each.name === name) < index)
    ?.name;
}
