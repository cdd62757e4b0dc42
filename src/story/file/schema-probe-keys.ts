/**
 * Each key that a probe can have in a story: which values it takes, and what it is for. Which of them can stand
 * together is in `schema-probe.ts`.
 */
import * as v from 'valibot';
import { HEALTHS, STATES } from '../../fault/instance.ts';
import {
  EXPECTED_EXAMPLES,
  EXPECTED_VALUE,
  type ExpectedValue,
  parseExpectedValue,
} from '../../terms/expected-value.ts';
import { program, WordSchema } from './schema-command.ts';
import { expected, say } from './schema-messages.ts';
import { about, table } from './schema-shapes.ts';
import {
  address,
  duration,
  flag,
  httpUrl,
  matching,
  one,
  prose,
  text,
  wholeNumber,
} from './schema-terms.ts';

const SERVICE = /^[A-Za-z0-9._-]+$/;

const valueMessage = expected(
  `a number's limits such as ${EXPECTED_EXAMPLES.slice(0, 3)
    .map((each) => `"${each}"`)
    .join(' or ')}`,
);
const ValueSchema = about(
  v.pipe(
    v.union(
      [v.pipe(v.string(valueMessage), v.regex(EXPECTED_VALUE, valueMessage)), v.number()],
      valueMessage,
    ),
    v.check(
      (value) => parseExpectedValue(String(value)) !== null || !EXPECTED_VALUE.test(String(value)),
      () => say('nothing lies between these limits'),
    ),
    v.transform((value): ExpectedValue => parseExpectedValue(String(value)) as ExpectedValue),
  ),
  'What the number must be: the one in the body or the output, or each value that the query finds.',
  EXPECTED_EXAMPLES,
);

function regularExpression(what: string, isGood: (pattern: RegExp) => boolean) {
  return v.pipe(
    text(what),
    v.check(
      (pattern) => {
        const compiled = compile(pattern);
        return compiled !== null && isGood(compiled);
      },
      () => say(`this is not ${what}`),
    ),
  );
}

function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

const Pattern = regularExpression('a regular expression', () => true);
/** With an empty alternative it fits everything, and shows its groups. */
const hasGroup = ({ source }: RegExp) => (new RegExp(`${source}|`).exec('')?.length ?? 1) > 1;
const GroupPattern = regularExpression(
  'a regular expression with one group around the number, such as "ratio: ([0-9.]+)"',
  hasGroup,
);

export const PROBE_KEYS = {
  http: v.optional(about(httpUrl(), 'A URL that must answer.')),
  tcp: v.optional(about(address(), 'host:port that must accept a connection.', ['127.0.0.1:6379'])),
  container: v.optional(
    about(
      matching(SERVICE, 'a service, or all'),
      'A service, or all: every instance must run and be well.',
    ),
  ),
  log: v.optional(
    about(
      matching(SERVICE, 'a service, or all'),
      'A service, or all: what its output must show, or must not.',
    ),
  ),
  prometheus: v.optional(
    about(httpUrl(), 'The URL of a Prometheus server, which is asked the `query`.', [
      'http://127.0.0.1:9090',
    ]),
  ),
  ...program,
  name: v.optional(about(text('a name'), 'What the probe is called in what is shown.')),
  timeout: v.optional(about(duration({ minMs: 1 }), 'How long one look may take.'), '5s'),
  interval: v.optional(
    about(duration({ minMs: 100 }), 'From the beginning of one look to that of the next.'),
    '1s',
  ),
  retry_for: v.optional(
    about(duration(), 'Tried again until it is met or this time is over. 0: one look.'),
    0,
  ),
  headers: v.optional(
    about(
      table(v.string(), WordSchema, 'header: value'),
      'http, prometheus: sent with the request, and never shown or recorded.',
    ),
  ),
  expect_status: v.optional(
    about(
      wholeNumber(100, 599),
      'http: the status that must come; without it, any from 200 to 399.',
    ),
  ),
  expect_body: v.optional(about(prose('a text'), 'http: a text that must be in the body.')),
  expect_output: v.optional(
    about(prose('a text'), 'command, shell: a text that must be in the output.'),
  ),
  expect_value: v.optional(ValueSchema),
  pattern: v.optional(
    about(
      GroupPattern,
      'With expect_value: a regular expression whose first group is the number.',
      ['ratio: ([0-9.]+)'],
    ),
  ),
  query: v.optional(
    about(
      text('a query in PromQL'),
      'prometheus: the instant query; each value that it finds must be as expected.',
      ['min(up)'],
    ),
  ),
  when_empty: v.optional(
    about(
      one(['met', 'not_met'], 'what it means'),
      'prometheus: what a query that finds nothing means. Default: not_met.',
    ),
  ),
  state: v.optional(
    about(one(STATES, 'a state'), 'container: the state that every instance must be in.'),
  ),
  health: v.optional(
    about(one(HEALTHS, 'a health'), 'container: what the health check of every instance must say.'),
  ),
  max_restarts: v.optional(
    about(
      wholeNumber(0, 1_000_000),
      'container: so often an instance may have been restarted by its restart policy since the run, the last fault or the last recovery began.',
    ),
  ),
  oom_killed: v.optional(
    about(flag(), 'container: whether the system has ended it for want of memory.'),
  ),
  must_show: v.optional(
    about(Pattern, 'log: a regular expression that at least one line must fit.', [
      'ready to accept connections',
    ]),
  ),
  must_not_show: v.optional(
    about(Pattern, 'log: a regular expression that no line may fit.', ['panic|OutOfMemory']),
  ),
  since: v.optional(
    about(
      one(['run', 'chapter', 'fault'], 'a beginning'),
      'log: from when on the lines count. Default: chapter. As part of the steady state: those since the look before.',
    ),
  ),
};
