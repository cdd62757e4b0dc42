/** The part of the story's schema that keeps faults from what must not be hit, and says how a number of targets is written. */
import * as v from 'valibot';
import { type Amount, parseAmount } from '../../fault/amount.ts';
import { GUARDS } from '../../fault/guards.ts';
import { expected, say } from './schema-messages.ts';
import { about, list, mapping } from './schema-shapes.ts';
import { one, text, wholeNumber } from './schema-terms.ts';

const MOST = 1000;
const SHARE = /^\d+(?:\.\d+)?%$/;

/** `2` or `50%`. `also`: what else may stand there, for the message. */
export function amount(also: string | null = null) {
  const what = `a whole number from 1 to ${MOST}${also ? `, ${also}` : ''} or a share such as 50%`;
  const message = expected(what);
  const share = v.pipe(
    v.string(message),
    v.regex(SHARE, message),
    v.check(
      (value) => parseAmount(value) !== null || !SHARE.test(value),
      () => say('expected a share above 0% and at most 100%'),
    ),
    v.transform((value): Amount => parseAmount(value) as Amount),
  );
  return v.union([wholeNumber(1, MOST), share], message);
}

/** A service or `service-number`. */
const named = () => text('a service or service-number');

export const ProtectSchema = about(
  list(named(), 'services'),
  'Services and instances that are never a target. A container says it of itself by the label `gameday.protect=true`.',
  [['grafana', 'db-1']],
);

export const ExcludeSchema = about(
  list(text('a service, service-number, container name or id'), 'services'),
  'Services and instances that are left out this time.',
  [['etcd-1']],
);

export const OverruleSchema = about(
  list(one(GUARDS, 'a guard'), 'guards'),
  'Guards that do not count this time; each refusal names its own.',
  [['last_healthy', 'max_unavailable']],
);

export const BlastRadiusSchema = about(
  v.pipe(
    mapping(
      {
        max_targets: v.optional(
          about(wholeNumber(1, 10_000), 'Most targets that may be broken at one moment.'),
        ),
        max_unavailable: v.optional(
          about(
            amount(),
            'Most instances of one service that may be unavailable at one moment, also of those that are down already. Default: fewer than half, and one at least.',
            [1, '50%'],
          ),
        ),
      },
      'max_targets, max_unavailable',
    ),
    v.transform(({ max_targets, max_unavailable }) => ({
      max_targets: max_targets ?? null,
      max_unavailable: max_unavailable ?? null,
    })),
  ),
  'How much may be broken.',
);

export const ProductionSchema = about(
  mapping(
    {
      labels: v.optional(
        about(
          list(text('a label such as env=prod'), 'labels'),
          'Labels of containers, as name=value or as a name alone; * stands for anything.',
          [['env=prod*']],
        ),
        [],
      ),
      contexts: v.optional(
        about(
          list(text('a docker context'), 'docker contexts'),
          'Docker contexts, or addresses of an engine as DOCKER_HOST has them; * stands for anything.',
          [['prod-*', 'ssh://*.example.com']],
        ),
        [],
      ),
    },
    'labels, contexts',
  ),
  'What looks like production: faults are refused there.',
);
