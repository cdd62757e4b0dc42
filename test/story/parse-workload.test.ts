import { expect } from 'chai';
import { describe, it } from 'mocha';
import { expectProblems, storyOf } from './parsing.ts';

const pace = {
  rate: 100,
  ramp: [],
  connections: 10,
  timeout_ms: 2000,
  max_in_flight: 1000,
  balance: 'round_robin',
};
const mixed = { setup: [], verify: null, keys: 10_000, seed: null, ...pace };
const request = {
  method: 'GET',
  path: null,
  headers: {},
  body: null,
  expect_status: null,
  expect_body: null,
};
const http = {
  kind: 'http',
  urls: ['http://a/'],
  tls: null,
  keep_alive: true,
  mix: [{ ...request, weight: 1 }],
  ...mixed,
};

const GOOD: [written: string, workload: unknown][] = [
  ['{ kind: http, url: "http://a/" }', http],
  [
    '{ kind: http, urls: ["http://a/", "http://b/"], body: x, headers: { N: 1 }, expect_status: 201, rate: 30000/m, connections: 2, timeout: 1s, max_in_flight: 9 }',
    {
      ...http,
      urls: ['http://a/', 'http://b/'],
      mix: [
        {
          ...request,
          method: 'POST',
          headers: { N: '1' },
          body: 'x',
          expect_status: 201,
          weight: 1,
        },
      ],
      rate: 500,
      connections: 2,
      timeout_ms: 1000,
      max_in_flight: 9,
    },
  ],
  [
    '{ kind: http, url: "http://a/", headers: { A: 1, B: 2 }, mix: [{ weight: 9, path: "/r/{{key}}" }, { method: PUT, path: /w, body: "{{value|base64}}", headers: { B: 3 } }], keys: 5, seed: 7, balance: failover, ramp: [{ to: 500/s, over: 30s }, { to: 200/s, over: 1m }] }',
    {
      ...http,
      mix: [
        { ...request, path: '/r/{{key}}', headers: { A: '1', B: '2' }, weight: 9 },
        {
          ...request,
          method: 'PUT',
          path: '/w',
          body: '{{value|base64}}',
          headers: { A: '1', B: '3' },
          weight: 1,
        },
      ],
      keys: 5,
      seed: 7,
      balance: 'failover',
      ramp: [
        { to: 500, over_ms: 30_000 },
        { to: 200, over_ms: 60_000 },
      ],
    },
  ],
  [
    '{ kind: http, url: "https://a/", tls: { ca: certs/../ca.pem, server_name: db }, keep_alive: false, setup: [{ path: /reset, method: DELETE }], body: "{{key}} {{value}}", verify: { read: { path: "/{{key}}" } } }',
    {
      ...http,
      urls: ['https://a/'],
      tls: { ca: '/home/ops/Shop Stack/ca.pem', insecure: false, server_name: 'db' },
      keep_alive: false,
      mix: [{ ...request, method: 'POST', body: '{{key}} {{value}}', weight: 1 }],
      setup: [{ ...request, method: 'DELETE', path: '/reset' }],
      verify: { read: { ...request, path: '/{{key}}' }, within_ms: 30_000 },
      keys: 100_000,
    },
  ],
  [
    '{ kind: redis }',
    {
      kind: 'redis',
      urls: ['redis://127.0.0.1:6379'],
      mix: [{ command: ['PING'], weight: 1 }],
      ...mixed,
    },
  ],
  [
    '{ kind: redis, command: "SET {{key|base64}} 1" }',
    {
      kind: 'redis',
      urls: ['redis://127.0.0.1:6379'],
      mix: [{ command: ['SET', '{{key|base64}}', '1'], weight: 1 }],
      ...mixed,
    },
  ],
  [
    '{ kind: redis, urls: ["redis://a", "rediss://b"], mix: [{ command: [GET, "k{{key}}"], weight: 3 }, { command: [SET, "k{{key}}", "{{value}}"] }], setup: [{ command: [FLUSHALL] }], verify: { read: { command: [GET, "k{{key}}"] }, within: 5s }, keys: 50 }',
    {
      kind: 'redis',
      urls: ['redis://a', 'rediss://b'],
      mix: [
        { command: ['GET', 'k{{key}}'], weight: 3 },
        { command: ['SET', 'k{{key}}', '{{value}}'], weight: 1 },
      ],
      ...mixed,
      setup: [{ command: ['FLUSHALL'] }],
      verify: { read: { command: ['GET', 'k{{key}}'] }, within_ms: 5000 },
      keys: 50,
    },
  ],
  [
    '{ kind: postgres, url: "postgres://a/b" }',
    {
      kind: 'postgres',
      urls: ['postgres://a/b'],
      mix: [{ query: 'SELECT 1', weight: 1 }],
      ...mixed,
    },
  ],
  [
    '{ kind: postgres, url: "postgresql://a/b", mix: [{ query: "UPDATE t SET v = \'{{value}}\' WHERE k = {{key}}" }], setup: [{ query: "INSERT INTO t VALUES ({{key}})" }] }',
    {
      kind: 'postgres',
      urls: ['postgresql://a/b'],
      mix: [{ query: "UPDATE t SET v = '{{value}}' WHERE k = {{key}}", weight: 1 }],
      ...mixed,
      setup: [{ query: 'INSERT INTO t VALUES ({{key}})' }],
    },
  ],
  [
    '{ kind: tcp, port: 80, rate: 0.5/s }',
    { kind: 'tcp', addresses: [{ host: '127.0.0.1', port: 80 }], ...pace, rate: 0.5 },
  ],
  [
    '{ kind: tcp, host: db, port: 80 }',
    { kind: 'tcp', addresses: [{ host: 'db', port: 80 }], ...pace },
  ],
  [
    '{ kind: tcp, addresses: ["a:1", "[::1]:2"], balance: failover }',
    {
      kind: 'tcp',
      addresses: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      ...pace,
      balance: 'failover',
    },
  ],
  [
    '{ kind: command, command: [bench], pattern: "([0-9]+) ops" }',
    { kind: 'command', command: { argv: ['bench'] }, pattern: '([0-9]+) ops', setup: null },
  ],
  [
    '{ kind: command, shell: a | b, pattern: k6, setup: { command: [load, it], timeout: 30s } }',
    {
      kind: 'command',
      command: { shell: 'a | b' },
      pattern: 'k6',
      setup: { command: { argv: ['load', 'it'] }, timeout_ms: 30_000 },
    },
  ],
  ['{ kind: simulated }', { kind: 'simulated', baseline: 10_000 }],
];

const URL = 'url: "http://a/"';

/** Each of them on line 1, of a story that is right otherwise. */
const BAD: [written: string, ...expected: Parameters<typeof expectProblems>[1]][] = [
  [
    `{ kind: http, ${URL}, body: "{{kee}}" }`,
    ['1:49', 'workload.body', '{{kee}} is no placeholder', 'Did you mean {{key}}?'],
  ],
  [
    `{ kind: http, ${URL}, path: "/{{uuid}}" }`,
    ['1:49', 'workload.path', '{{uuid}} is no placeholder', 'There are {{key}}, {{value}}'],
  ],
  [
    `{ kind: http, ${URL}, mix: [{ path: "/{{key|base46}}" }] }`,
    [
      '1:57',
      'workload.mix[0].path',
      '{{key|base46}} is no placeholder',
      'Did you mean {{key|base64}}?',
    ],
  ],
  [
    `{ kind: http, ${URL}, headers: { A: "{{x}}" } }`,
    ['1:57', 'workload.headers.A', '{{x}} is no placeholder'],
  ],
  [
    `{ kind: http, ${URL}, mix: [{ path: / }], method: PUT }`,
    [
      '1:63',
      'workload.method',
      '"method" and "mix" cannot stand together',
      'operations of the mix',
    ],
  ],
  [`{ kind: http, ${URL}, mix: [] }`, ['1:48', 'workload.mix', 'at least one operation']],
  [
    `{ kind: http, ${URL}, mix: [{ wieght: 2 }] }`,
    ['1:51', 'workload.mix[0].wieght', 'unknown key', '"weight"'],
  ],
  [`{ kind: http, ${URL}, mix: [{ weight: 0 }] }`, ['1:59', 'workload.mix[0].weight', 'from 1']],
  [
    `{ kind: http, ${URL}, ramp: [{ to: 5 , over: 1s }] }`,
    ['1:56', 'workload.ramp[0].to', 'expected a rate'],
  ],
  [
    `{ kind: http, ${URL}, ramp: [{ to: 5/s }] }`,
    ['1:50', 'workload.ramp[0].over', '"over" is missing'],
  ],
  [
    `{ kind: http, ${URL}, balance: random }`,
    ['1:52', 'workload.balance', 'round_robin, failover'],
  ],
  [
    `{ kind: http, ${URL}, tls: { insecure: yes } }`,
    ['1:60', 'workload.tls.insecure', 'expected true or false'],
  ],
  [
    `{ kind: http, ${URL}, verify: { read: { path: "/{{key}}" } } }`,
    ['1:51', 'workload.verify', 'no write', '{{key}} and {{value}}'],
  ],
  [
    `{ kind: http, ${URL}, body: "{{key}}={{value}}", verify: { read: { path: / } } }`,
    ['1:78', 'workload.verify', 'which key', 'Write {{key}}'],
  ],
  [`{ kind: http, ${URL}, verify: {} }`, ['1:51', 'workload.verify.read', '"read" is missing']],
  [
    '{ kind: redis, url: "redis://a", urls: ["redis://b"] }',
    ['1:44', 'workload.urls', 'cannot stand together'],
  ],
  [
    '{ kind: redis, command: [GET, "{{k}}"] }',
    ['1:35', 'workload.command', '{{k}} is no placeholder'],
  ],
  [
    '{ kind: redis, command: [GET], mix: [{ command: [SET] }] }',
    ['1:26', 'workload.command', 'cannot stand together'],
  ],
  ['{ kind: postgres }', ['1:11', 'workload', 'needs one of url, urls']],
  [
    '{ kind: postgres, url: "http://a/" }',
    ['1:34', 'workload.url', 'postgres://app@127.0.0.1:5432/shop'],
  ],
  [
    `{ kind: postgres, url: "postgres://a", query: 'SELECT * FROM "t_{{key}}"' }`,
    [
      '1:57',
      'workload.query',
      'a placeholder in "t_{{key}}" cannot become a parameter',
      'Write {{key}} by itself',
    ],
  ],
  [
    `{ kind: redis, command: [SET, "{{key}}", "{{value}}"], verify: { read: { command: [GET, "{{key}}"] }, within: 0 } }`,
    ['1:121', 'workload.verify.within', 'expected a duration'],
  ],
  ['{ kind: tcp, addresses: [db] }', ['1:36', 'workload.addresses[0]', 'host:port']],
  [
    '{ kind: tcp, host: a, addresses: ["a:1"] }',
    ['1:24', 'workload.host', 'cannot stand together'],
  ],
  ['{ kind: tcp, port: 1, keys: 5 }', ['1:33', 'workload.keys', 'unknown key']],
  [
    '{ kind: command, command: [a], pattern: k6, setup: { timeout: 1s } }',
    ['1:62', 'workload.setup', 'needs one of command, shell'],
  ],
];

describe('parsing the workload', () => {
  for (const [written, workload] of GOOD) {
    it(`understands ${written}`, () => {
      expect(storyOf(`workload: ${written}\nchapters: [{ title: A }]`).workload).to.deep.equal(
        workload,
      );
    });
  }
  for (const [written, ...expected] of BAD) {
    it(`says what is wrong with ${written}`, () =>
      expectProblems(`workload: ${written}\nchapters: [{ title: A }]`, expected));
  }

  it('takes braces that are no placeholder as they are', () => {
    const { workload } = storyOf(
      `workload: { kind: http, ${URL}, body: '{"a":{"b":{{}}},"c":{{"d":1}}}' }\nchapters: [{ title: A }]`,
    );
    expect(workload).to.have.nested.property('mix[0].body', '{"a":{"b":{{}}},"c":{{"d":1}}}');
  });
});
