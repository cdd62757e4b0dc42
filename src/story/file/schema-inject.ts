/** The part of the story's schema that injects a fault: what every kind of fault has, and the parameters of each kind. */
import * as v from 'valibot';
import { namesOf } from '../../fault/candidates.ts';
import { type FaultKinds, findKind, readParams, specOf } from '../../fault/fault-kind.ts';
import { COUNTED_PICKS, type Pick } from '../../fault/selectors.ts';
import { type SharedParam, sharedParam } from '../../fault/shared-param.ts';
import { EVERY_PATTERN, type Every, parseEvery } from '../../terms/every.ts';
import { defaultLimitMs, type Repeat, repeatProblem } from '../repeat.ts';
import type { InjectSpec } from '../story.ts';
import { commandOf, ONE_PROGRAM, program } from './schema-command.ts';
import { amount, ExcludeSchema, OverruleSchema } from './schema-guards.ts';
import { didYouMean, expected, say } from './schema-messages.ts';
import { about, exactlyOne, mapping, oneOrMore } from './schema-shapes.ts';
import { duration, MAX_SEED, matching, one, wholeNumber } from './schema-terms.ts';

const name = () => matching(/^[A-Za-z0-9._-]+$/, 'the name of a service');

/** A name and a value, or a name alone. */
const label = () => matching(/^[^=\s][^=]*(?:=.*)?$/s, 'a label such as tier=db');

const ServiceSchema = about(
  oneOrMore(name, 'the name of a service, or a list of them', 'service'),
  'A service, or one instance by `service-number`, by its container name or its id; or a list of these.',
  ['redis', 'redis-2', 'shop-redis-2', ['redis', 'etcd-1']],
);

const LabelSchema = about(
  oneOrMore(label, 'a label such as tier=db, or a list of them', 'label'),
  'Only instances that bear this label, as name=value or as a name alone; * stands for anything. Of a list, all of them.',
  ['tier=db', ['tier=db', 'zone=a*']],
);

const PICKS = [...COUNTED_PICKS, 'all', 'leader'] as const;

const PickSchema = about(
  v.pipe(
    v.union(
      [
        v.picklist(PICKS),
        v.pipe(
          mapping(program, 'command, or shell'),
          exactlyOne(['command', 'shell'], ONE_PROGRAM),
          v.transform((value): Pick => ({ by: 'command', command: commandOf(value) })),
        ),
      ],
      expected(
        'random, oldest, newest, all, leader, { command: [...] } or { shell: "..." }',
        (value) => (typeof value === 'string' ? didYouMean(value, PICKS) : null),
      ),
    ),
    v.transform((value): Pick => (typeof value === 'string' ? { by: value } : value)),
  ),
  'Which of the matching instances: random ones, those that were made first or last, all, the leader as `leader:` of the story says how it is found, or the one that a program of yours prints (a service, service-number, name or id).',
  ['random', 'oldest', 'all', 'leader', { command: ['./leader.sh'] }],
);

const EVERY = 'a time such as 60s, or 60s ± 20s';

const RepeatSchema = about(
  v.pipe(
    mapping(
      {
        every: about(
          v.pipe(
            matching(EVERY_PATTERN, EVERY),
            v.transform((text) => parseEvery(text) as Every),
          ),
          'From one fault to the next; `± 20s` draws each of these times anew, by the seed.',
          ['60s', '60s ± 20s'],
        ),
        for: about(
          duration({ minMs: 1 }),
          'No fault begins after this long, counted from the first.',
          ['30m'],
        ),
      },
      'every, for',
    ),
    v.transform(({ every, for: for_ms }): Repeat => ({ ...every, for_ms })),
  ),
  'Injects it again and again, a new target each time where there are several, and never two at once: the watchdog recovers each before the next. Guards are asked each time; what they refuse is skipped.',
  [{ every: '60s ± 20s', for: '30m' }],
);

/** What every kind of fault has. */
export const INJECT_KEYS: readonly string[] = [
  'kind',
  'service',
  'label',
  'pick',
  'count',
  'exclude',
  'overrule',
  'seed',
  'countdown',
  'duration',
  'repeat',
];

/** The keys of every kind's parameters beside those that all kinds have; which of them belong to the kind is checked after. */
export function injectSchema(kinds: FaultKinds) {
  const names = kinds.map((row) => row.kind);
  const params = Object.fromEntries(
    kinds.flatMap((row) =>
      Object.keys(row.params).map((name) => [name, paramSchema(sharedParam(kinds, name))]),
    ),
  );
  return about(
    v.pipe(
      mapping(
        {
          kind: about(
            one(names, 'a kind of fault'),
            kinds.map((row) => `${row.kind}: ${row.summary}`).join('\n'),
          ),
          service: v.optional(ServiceSchema),
          label: v.optional(LabelSchema),
          pick: v.optional(PickSchema, 'random'),
          count: v.optional(
            about(
              v.union(
                [v.literal('all'), amount('all')],
                expected('a whole number from 1 to 1000, all or a share such as 50%'),
              ),
              'How many of them; a share is rounded down, to one at least.',
              [2, '50%', 'all'],
            ),
            1,
          ),
          exclude: v.optional(ExcludeSchema, []),
          overrule: v.optional(OverruleSchema, []),
          seed: v.optional(about(wholeNumber(0, MAX_SEED), 'Makes the random choice repeatable.')),
          countdown: v.optional(
            about(
              duration({ maxMs: 60_000 }),
              'Counted down before the fault; Ctrl-C cancels. 0 to 60s.',
            ),
            '3s',
          ),
          duration: v.optional(
            about(
              duration({ minMs: 100 }),
              'The fault is recovered by itself after this long. Without it, it stays until somebody recovers it.',
            ),
          ),
          repeat: v.optional(RepeatSchema),
          ...params,
        },
        [...INJECT_KEYS, ...Object.keys(params)].join(', '),
      ),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return;
        const read = readParams(
          findKind(kinds, dataset.value.kind),
          paramsOf(dataset.value),
          kinds,
        );
        const { repeat, duration = null } = dataset.value;
        const tooOften = repeat ? repeatProblem(repeat, duration) : null;
        for (const { param, message, hint } of [
          ...('problems' in read ? read.problems : []),
          ...(tooOften === null ? [] : [{ param: 'repeat', message: tooOften, hint: null }]),
        ])
          addIssue({
            message: say(message, hint),
            path: [
              {
                type: 'object',
                origin: 'value',
                input: dataset.value,
                key: param,
                value: undefined,
              },
            ] as never,
          });
      }),
      v.transform((value): InjectSpec => {
        const row = findKind(kinds, value.kind);
        const read = readParams(row, paramsOf(value), kinds);
        return {
          ...specOf(row, 'values' in read ? read.values : {}),
          service: value.service ?? null,
          labels: namesOf(value.label ?? null),
          ...(value.count === 'all'
            ? { pick: { by: 'all' }, count: 1 }
            : { pick: value.pick, count: value.count }),
          exclude: value.exclude,
          overrule: value.overrule,
          seed: value.seed ?? null,
          countdown_ms: value.countdown,
          duration_ms: value.duration ?? defaultLimitMs(row.default_duration_ms, value.repeat),
          ...(value.repeat && { repeat: value.repeat }),
        };
      }),
    ),
    'Breaks something.',
    [{ kind: 'kill', service: 'redis', pick: 'random', countdown: '3s' }],
  );

  function paramsOf(value: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(Object.keys(params).map((name) => [name, value[name]]));
  }
}

/** What a user wrote, unread: `readParams` reads it, by the kind that it is for. */
function paramSchema({ help, example, values }: SharedParam) {
  const written = values
    ? one(values, `one of ${values.join(', ')}`)
    : v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]);
  return v.optional(about(written, `Of ${help}.`, [example]));
}
