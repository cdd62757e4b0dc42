/** The part of the story's schema that says who is told of a run by a webhook. Addresses stay in the environment. */
import * as v from 'valibot';
import { type NotifySpec, OCCASIONS, type OccasionName, SHAPES } from '../outlet-spec.ts';
import { say } from './schema-messages.ts';
import { about, list, mapping } from './schema-shapes.ts';
import { one, variableName } from './schema-terms.ts';

/** Grafana draws marks over charts, and people are not told of each chapter. */
const ANNOTATED: OccasionName[] = [
  'chapter_entered',
  'fault_injected',
  'fault_recovered',
  'aborted',
];
const TOLD = OCCASIONS.filter((name) => name !== 'chapter_entered');

const WebhookSchema = v.pipe(
  mapping(
    {
      url_env: about(variableName(), 'The environment variable that holds the address.', [
        'SLACK_URL',
      ]),
      token_env: v.optional(
        about(variableName(), 'The environment variable that holds a token, sent as `Bearer`.', [
          'GRAFANA_TOKEN',
        ]),
      ),
      as: v.optional(
        about(
          one(SHAPES, 'a shape'),
          'In whose words: plain JSON, what Slack, Teams and Discord take, or annotations of Grafana, whose own address then is in `url_env`.',
        ),
        'json',
      ),
      on: v.optional(
        about(
          v.pipe(
            list(one(OCCASIONS, 'an occasion'), 'occasions'),
            v.minLength(1, () => say('no occasion is named', 'Take `on` out for the usual ones.')),
          ),
          'What is told. Default: all but chapter_entered; for grafana: chapters, faults, aborts.',
          [['fault_injected', 'fault_recovered', 'deviated', 'still_live']],
        ),
      ),
    },
    'url_env, token_env, as, on',
  ),
  v.transform(
    ({ url_env, token_env, as, on }): NotifySpec => ({
      url_env,
      token_env: token_env ?? null,
      as,
      on: on ?? (as === 'grafana' ? ANNOTATED : TOLD),
    }),
  ),
);

export const NotifySchema = about(
  list(WebhookSchema, 'webhooks'),
  'Who is told of the run by a webhook: tried three times, and never waited for before a recovery.',
  [[{ url_env: 'SLACK_URL', as: 'slack' }]],
);
