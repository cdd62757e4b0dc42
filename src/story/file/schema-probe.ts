/** The part of the story's schema that is about probes: one object with exactly one look and what is expected of it. */
import * as v from 'valibot';
import type { ProbeSpec } from '../story.ts';
import { commandOf, program } from './schema-command.ts';
import { about, exactlyOne, mapping, onlyWith } from './schema-shapes.ts';
import { address, duration, hostAndPort, httpUrl, matching, prose, text, wholeNumber } from './schema-terms.ts';

const LOOKS = ['http', 'tcp', 'container', 'command', 'shell'] as const;

/** Which looks an expectation belongs to. */
const EXPECTATIONS = { expect_status: ['http'], expect_body: ['http'], expect_output: ['command', 'shell'] } as const;

export const ProbeSchema = about(
  v.pipe(
    mapping(
      {
        http: v.optional(about(httpUrl(), 'A URL that must answer.')),
        tcp: v.optional(about(address(), 'host:port that must accept a connection.', ['127.0.0.1:6379'])),
        container: v.optional(about(matching(/^[A-Za-z0-9._-]+$/, 'a service, or all'), 'A service, or all: every instance must run and be well.')),
        ...program,
        name: v.optional(about(text('a name'), 'What the probe is called in what is shown.')),
        timeout: v.optional(about(duration({ minMs: 1 }), 'How long one look may take.'), '5s'),
        retry_for: v.optional(about(duration(), 'Tried again until it is met or this time is over. 0: one look.'), 0),
        expect_status: v.optional(about(wholeNumber(100, 599), 'http: the status that must come; without it, any from 200 to 399.')),
        expect_body: v.optional(about(prose('a text'), 'http: a text that must be in the body.')),
        expect_output: v.optional(about(prose('a text'), 'command, shell: a text that must be in the output.')),
      },
      'one of http, tcp, container, command, shell; name, timeout, retry_for',
    ),
    exactlyOne(LOOKS, 'Make one probe of each.'),
    onlyWith(EXPECTATIONS),
    v.transform(toProbe),
  ),
  'One look at the stack that must be met.',
  [{ container: 'all' }, { http: 'http://127.0.0.1:8080/healthz', expect_status: 200, retry_for: '10s' }],
);

interface ProbeInput {
  http?: string | undefined;
  tcp?: string | undefined;
  container?: string | undefined;
  command?: string[] | undefined;
  shell?: string | undefined;
  name?: string | undefined;
  timeout: number;
  retry_for: number;
  expect_status?: number | undefined;
  expect_body?: string | undefined;
  expect_output?: string | undefined;
}

function toProbe(value: ProbeInput): ProbeSpec {
  const common = (name: string) => ({ name: value.name ?? name, timeout_ms: value.timeout, retry_for_ms: value.retry_for });
  if (value.http !== undefined) {
    const { origin, pathname } = new URL(value.http);
    // A name is recorded: userinfo and query may hold secrets.
    return {
      ...common(`http ${origin}${pathname}`),
      look: 'http',
      url: value.http,
      expect_status: value.expect_status ?? null,
      expect_body: value.expect_body ?? null,
    };
  }
  if (value.tcp !== undefined) {
    return { ...common(`tcp ${value.tcp}`), look: 'tcp', ...hostAndPort(value.tcp) };
  }
  if (value.container !== undefined) {
    const service = value.container === 'all' ? null : value.container;
    return { ...common(service === null ? 'every instance' : `every instance of ${service}`), look: 'container', service };
  }
  const command = commandOf(value);
  return {
    ...common('argv' in command ? `command ${command.argv[0]}` : 'shell line'),
    look: 'command',
    command,
    expect_output: value.expect_output ?? null,
  };
}
