/** The part of the story's schema that is about probes: one object with exactly one look and what is expected of it. */
import * as v from 'valibot';
import { HEALTHS, STATES } from '../../fault/instance.ts';
import {
  EXPECTED_EXAMPLES,
  EXPECTED_VALUE,
  type ExpectedValue,
  parseExpectedValue,
} from '../../terms/expected-value.ts';
import type { ProbeSpec } from '../probe-spec.ts';
import { commandOf, program, WordSchema } from './schema-command.ts';
import { expected, say } from './schema-messages.ts';
import { about, exactlyOne, mapping, onlyWith, table } from './schema-shapes.ts';
import {
  address,
  duration,
  flag,
  hostAndPort,
  httpUrl,
  matching,
  one,
  prose,
  text,
  wholeNumber,
} from './schema-terms.ts';

const SERVICE = /^[A-Za-z0-9._-]+$/;
const LONGEST_NAME = 60;

const LOOKS = ['http', 'tcp', 'container', 'log', 'prometheus', 'command', 'shell'] as const;

/** Which looks an expectation belongs to. */
const EXPECTATIONS = {
  headers: ['http', 'prometheus'],
  expect_status: ['http'],
  expect_body: ['http'],
  expect_output: ['command', 'shell'],
  expect_value: ['http', 'prometheus', 'command', 'shell'],
  pattern: ['http', 'command', 'shell'],
  query: ['prometheus'],
  when_empty: ['prometheus'],
  state: ['container'],
  health: ['container'],
  max_restarts: ['container'],
  oom_killed: ['container'],
  must_show: ['log'],
  must_not_show: ['log'],
  since: ['log'],
} as const;

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

const entries = {
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

const ProbeMapping = mapping(
  entries,
  `one of ${LOOKS.join(', ')}; name, timeout, interval, retry_for`,
);

export const ProbeSchema = about(
  v.pipe(
    ProbeMapping,
    exactlyOne(LOOKS, 'Make one probe of each.'),
    onlyWith(EXPECTATIONS),
    onlyWith({ pattern: ['expect_value'] }),
    v.rawCheck(({ dataset, addIssue }) => {
      const problem = dataset.typed ? lacking(dataset.value) : null;
      if (problem !== null) addIssue({ message: problem });
    }),
    v.transform(toProbe),
  ),
  'One look at the stack that must be met.',
  [
    { container: 'all' },
    { http: 'http://127.0.0.1:8080/healthz', expect_status: 200, retry_for: '10s' },
  ],
);

type Input = v.InferOutput<typeof ProbeMapping>;

/** What a look needs beside it. */
function lacking(value: Input): string | null {
  if (value.prometheus !== undefined && value.query === undefined)
    return say('"query" is missing', 'Write `query: "min(up)"` beside `prometheus`.');
  if (value.prometheus !== undefined && value.expect_value === undefined)
    return say('"expect_value" is missing', 'Write `expect_value: ">= 1"` beside `query`.');
  if (value.log === undefined) return null;
  if (value.must_show !== undefined && value.must_not_show !== undefined)
    return say('"must_show" and "must_not_show" cannot stand together', 'Make one probe of each.');
  return value.must_show === undefined && value.must_not_show === undefined
    ? say('needs one of must_show, must_not_show')
    : null;
}

function toProbe(value: Input): ProbeSpec {
  const common = (name: string) => ({
    name: value.name ?? name,
    timeout_ms: value.timeout,
    retry_for_ms: value.retry_for,
    interval_ms: value.interval,
  });
  const number = { expect_value: value.expect_value ?? null, pattern: value.pattern ?? null };
  const { headers = {} } = value;
  if (value.http !== undefined) {
    const { expect_status = null, expect_body = null } = value;
    return {
      ...common(`http ${bare(value.http)}`),
      look: 'http',
      url: value.http,
      headers,
      expect_status,
      expect_body,
      ...number,
    };
  }
  if (value.tcp !== undefined) {
    return { ...common(`tcp ${value.tcp}`), look: 'tcp', ...hostAndPort(value.tcp) };
  }
  if (value.prometheus !== undefined) {
    const { query = '', when_empty = 'not_met' } = value;
    const expect_value = value.expect_value as ExpectedValue;
    return {
      ...common(shortened(`prometheus ${query}`)),
      look: 'prometheus',
      url: value.prometheus,
      headers,
      query,
      expect_value,
      when_empty,
    };
  }
  if (value.container !== undefined) {
    const service = serviceOf(value.container);
    const { state = null, health = null, max_restarts = null, oom_killed = null } = value;
    return {
      ...common(instancesOf(service)),
      look: 'container',
      service,
      state,
      health,
      max_restarts,
      oom_killed,
    };
  }
  if (value.log !== undefined) {
    const service = serviceOf(value.log);
    const { must_show = null, must_not_show = null, since = 'chapter' } = value;
    return {
      ...common(`log of ${instancesOf(service)}`),
      look: 'log',
      service,
      must_show,
      must_not_show,
      since,
    };
  }
  const command = commandOf(value);
  const name = 'argv' in command ? `command ${command.argv[0]}` : 'shell line';
  return {
    ...common(name),
    look: 'command',
    command,
    expect_output: value.expect_output ?? null,
    ...number,
  };
}

/** A name is recorded: userinfo and query may hold secrets. */
function bare(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function shortened(name: string): string {
  const line = name.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME - 1)}…` : line;
}

function serviceOf(written: string): string | null {
  return written === 'all' ? null : written;
}

function instancesOf(service: string | null): string {
  return service === null ? 'every instance' : `every instance of ${service}`;
}
