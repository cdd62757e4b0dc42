/**
 * The part of the story's schema that is about probes: one object with exactly one look and what is expected of it.
 * It says which keys can stand together, and makes the probe of them; each key by itself is in `schema-probe-keys.ts`.
 */
import * as v from 'valibot';
import type { ExpectedValue } from '../../terms/expected-value.ts';
import type { ProbeSpec } from '../probe-spec.ts';
import { commandOf } from './schema-command.ts';
import { say } from './schema-messages.ts';
import { PROBE_KEYS } from './schema-probe-keys.ts';
import { about, exactlyOne, mapping, onlyWith } from './schema-shapes.ts';
import { hostAndPort } from './schema-terms.ts';

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

const ProbeMapping = mapping(
  PROBE_KEYS,
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
