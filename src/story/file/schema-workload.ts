/** The part of the story's schema that is measured: the workload and the steady state. */
import * as v from 'valibot';
import { parseDuration } from '../duration.ts';
import { THROUGHPUT_PATTERNS, throughputPattern } from '../measure/throughput-patterns.ts';
import type { SteadyState, Threshold, WorkloadSpec } from '../story.ts';
import { BY_SHELL, commandLine, commandOf, ONE_PROGRAM, program, WordSchema } from './schema-command.ts';
import { didYouMean, expected, say } from './schema-messages.ts';
import { about, exactlyOne, list, mapping, table } from './schema-shapes.ts';
import { duration, httpUrl, matching, prose, rate, text, url, wholeNumber } from './schema-terms.ts';

const RECOVER_WITHIN_MS = 30_000;

const load = {
  rate: v.optional(about(rate(), 'Operations a second or minute, issued whether or not earlier ones came back.', ['500/s', '30000/m']), '100/s'),
  connections: v.optional(about(wholeNumber(1, 10_000), 'Connections kept open.'), 10),
  timeout: v.optional(about(duration({ minMs: 1 }), 'An operation that takes longer counts as failed.'), '2s'),
  max_in_flight: v.optional(about(wholeNumber(1, 1_000_000), 'Operations beyond it are dropped, and counted as dropped.'), 1000),
};

function loadOf(value: { rate: number; connections: number; timeout: number; max_in_flight: number }) {
  return { rate: value.rate, connections: value.connections, timeout_ms: value.timeout, max_in_flight: value.max_in_flight };
}

const HttpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('http'),
      url: v.optional(about(httpUrl(), 'Where the requests go.')),
      urls: v.optional(about(v.pipe(list(httpUrl(), 'URLs'), v.minLength(1, 'needs at least one URL')), 'Several, in turn.')),
      method: v.optional(
        about(
          matching(/^[A-Z]+$/, 'a method such as GET', (value) => (typeof value === 'string' ? `Write ${value.toUpperCase()}.` : null)),
          'Without it: GET, or POST where there is a body.',
        ),
      ),
      headers: v.optional(about(table(v.string(), WordSchema, 'header: value'), 'Sent with every request.'), {}),
      body: v.optional(about(prose('a text'), 'Sent with every request.')),
      expect_status: v.optional(about(wholeNumber(100, 599), 'Without it, any from 200 to 399 is a success.')),
      ...load,
    },
    'kind, url or urls, method, headers, body, expect_status, rate, connections, timeout, max_in_flight',
  ),
  exactlyOne(['url', 'urls'], 'Write `url:` for one, `urls:` for several.'),
  v.transform(
    (value) =>
      ({
        kind: 'http',
        urls: value.urls ?? [value.url as string],
        method: value.method ?? (value.body === undefined ? 'GET' : 'POST'),
        headers: value.headers,
        body: value.body ?? null,
        expect_status: value.expect_status ?? null,
        ...loadOf(value),
      }) satisfies WorkloadSpec,
  ),
);

const RedisLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('redis'),
      url: v.optional(about(url(/^rediss?:\/\/\S+$/, 'redis://127.0.0.1:6379'), 'Where the commands go.'), 'redis://127.0.0.1:6379'),
      command: v.optional(
        about(commandLine('Write it as a list: [SET, key, value].'), 'The command that is sent again and again.', [['SET', 'gameday', '1']]),
        ['PING'],
      ),
      ...load,
    },
    'kind, url, command, rate, connections, timeout, max_in_flight',
  ),
  v.transform((value) => ({ kind: 'redis', url: value.url, command: value.command, ...loadOf(value) }) satisfies WorkloadSpec),
);

const TcpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('tcp'),
      host: v.optional(about(text('a host'), 'Where the connections go.'), '127.0.0.1'),
      port: about(wholeNumber(1, 65_535), 'Opened and closed again: one connection is one operation.'),
      ...load,
    },
    'kind, host, port, rate, connections, timeout, max_in_flight',
  ),
  v.transform((value) => ({ kind: 'tcp', host: value.host, port: value.port, ...loadOf(value) }) satisfies WorkloadSpec),
);

const KNOWN_PROGRAMS = Object.keys(THROUGHPUT_PATTERNS).join(', ');
const PATTERN_HINT = `Put the figure into brackets: "([0-9.]+) ops/s", or name one of ${KNOWN_PROGRAMS}.`;

const CommandLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('command'),
      ...program,
      pattern: about(
        v.pipe(
          text('a regular expression with one group, such as "([0-9.]+) ops/s"'),
          v.check(
            (pattern) => throughputPattern(pattern) !== null,
            () => say('this is no regular expression with a group, and no program whose output is known', PATTERN_HINT),
          ),
        ),
        `A regular expression for its output, whose first group is the operations a second, or the program's name: ${KNOWN_PROGRAMS}.`,
        ['OPS: ([0-9.]+)', 'k6'],
      ),
    },
    'kind, command or shell, pattern',
  ),
  exactlyOne(['command', 'shell'], ONE_PROGRAM, BY_SHELL),
  v.transform((value) => ({ kind: 'command', command: commandOf(value), pattern: value.pattern }) satisfies WorkloadSpec),
);

const SimulatedLoadSchema = about(
  v.pipe(
    mapping(
      {
        kind: v.literal('simulated'),
        baseline: v.optional(about(wholeNumber(1, 1_000_000_000), 'Operations a second while all is well.'), 10_000),
      },
      'kind, baseline',
    ),
    v.transform((value) => value satisfies WorkloadSpec),
  ),
  'No load at all: a curve that is always labelled as simulated.',
);

const LOADS = [HttpLoadSchema, RedisLoadSchema, TcpLoadSchema, CommandLoadSchema, SimulatedLoadSchema] as const;
const LOAD_KINDS = ['http', 'redis', 'tcp', 'command', 'simulated'] as const satisfies WorkloadSpec['kind'][];

export const WorkloadSchema = about(
  v.variant('kind', [...LOADS], (issue) => {
    const parent = issue.path?.[0]?.input;
    if (parent === undefined || Array.isArray(parent))
      return expected('a mapping (kind, and what that kind needs)')({ ...issue, input: parent ?? issue.input });
    if (issue.received === 'undefined') return say('"kind" is missing', `It is one of ${LOAD_KINDS.join(', ')}.`);
    return expected(`a kind of workload: ${LOAD_KINDS.join(', ')}`, (value) => (typeof value === 'string' ? didYouMean(value, LOAD_KINDS) : null))(
      issue,
    );
  }),
  'The load on the stack. What it felt of a fault is the verdict.',
  [{ kind: 'http', url: 'http://127.0.0.1:8080/', rate: '500/s' }],
);

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
