/** Probes as the story has them: each look with its defaults, what is wrong and where, and the steady state's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkNames } from '../../src/run/check-targets.ts';
import { marksNeeded } from '../../src/run/marks.ts';
import { estimateStory } from '../../src/story/estimate.ts';
import type { ProbeSpec } from '../../src/story/probe-spec.ts';
import { parseExpectedValue } from '../../src/terms/expected-value.ts';
import { actionOf, expectProblems, storyOf } from './parsing.ts';

const common = { timeout_ms: 5000, retry_for_ms: 0, interval_ms: 1000 };
const plain = { expect_value: null, pattern: null };
const well = { state: null, health: null, max_restarts: null, oom_killed: null };
const value = parseExpectedValue;

const GOOD: [written: string, probe: object][] = [
  [
    '{ prometheus: "http://ann:s3cret@127.0.0.1:9090/prom", query: "min(up)", expect_value: ">= 1" }',
    {
      ...common,
      name: 'prometheus min(up)',
      look: 'prometheus',
      url: 'http://ann:s3cret@127.0.0.1:9090/prom',
      query: 'min(up)',
      headers: {},
      expect_value: value('>= 1'),
      when_empty: 'not_met',
    },
  ],
  [
    '{ prometheus: "http://p:9090", query: up, expect_value: 1, when_empty: met, headers: { Authorization: Bearer x }, interval: 200ms, name: up }',
    {
      ...common,
      interval_ms: 200,
      name: 'up',
      look: 'prometheus',
      url: 'http://p:9090',
      query: 'up',
      headers: { Authorization: 'Bearer x' },
      expect_value: value('1'),
      when_empty: 'met',
    },
  ],
  [
    '{ log: all, must_not_show: "panic|OutOfMemory" }',
    {
      ...common,
      name: 'log of every instance',
      look: 'log',
      service: null,
      must_show: null,
      must_not_show: 'panic|OutOfMemory',
      since: 'chapter',
    },
  ],
  [
    '{ log: redis, must_show: "^Ready", since: fault }',
    {
      ...common,
      name: 'log of every instance of redis',
      look: 'log',
      service: 'redis',
      must_show: '^Ready',
      must_not_show: null,
      since: 'fault',
    },
  ],
  [
    '{ container: redis, state: exited, max_restarts: 0, oom_killed: false }',
    {
      ...common,
      name: 'every instance of redis',
      look: 'container',
      service: 'redis',
      ...well,
      state: 'exited',
      max_restarts: 0,
      oom_killed: false,
    },
  ],
  [
    '{ shell: ./ratio.sh, expect_value: "100 ± 5", pattern: "ratio: ([0-9]+)" }',
    {
      ...common,
      name: 'shell line',
      look: 'command',
      command: { shell: './ratio.sh' },
      expect_output: null,
      expect_value: value('100 ± 5'),
      pattern: 'ratio: ([0-9]+)',
    },
  ],
  [
    '{ http: "http://a/x", headers: { X: 1 }, expect_value: between 1 and 2 }',
    {
      ...common,
      name: 'http http://a/x',
      look: 'http',
      url: 'http://a/x',
      headers: { X: '1' },
      expect_status: null,
      expect_body: null,
      ...plain,
      expect_value: value('between 1 and 2'),
    },
  ],
];

const AT = 'chapters[0].on_enter[0].probe';
const BAD: [probe: string, ...expected: Parameters<typeof expectProblems>[1]][] = [
  ['{ prometheus: "http://p" }', ['4:16', AT, '"query" is missing', 'min(up)']],
  ['{ prometheus: "http://p", query: up }', ['4:16', AT, '"expect_value" is missing', '>= 1']],
  ['{ log: a }', ['4:16', AT, 'needs one of must_show, must_not_show']],
  [
    '{ log: a, must_show: x, must_not_show: y }',
    ['4:16', AT, 'cannot stand together', 'one probe of each'],
  ],
  ['{ log: a, must_show: "(" }', ['4:37', `${AT}.must_show`, 'not a regular expression']],
  ['{ log: a, must_show: x, since: ever }', ['4:47', `${AT}.since`, 'run, chapter, fault']],
  ['{ http: "http://a", expect_value: "=> 3" }', ['4:50', `${AT}.expect_value`, '">= 0.99"']],
  [
    '{ http: "http://a", expect_value: between 2 and 1 }',
    ['4:50', `${AT}.expect_value`, 'nothing lies between'],
  ],
  [
    '{ http: "http://a", expect_value: 1, pattern: "x" }',
    ['4:62', `${AT}.pattern`, 'with one group'],
  ],
  [
    '{ http: "http://a", pattern: "(x)" }',
    ['4:36', `${AT}.pattern`, 'means nothing here', 'expect_value'],
  ],
  [
    '{ tcp: "a:1", expect_value: 1 }',
    ['4:30', `${AT}.expect_value`, 'means nothing here', 'prometheus'],
  ],
  ['{ container: a, state: up }', ['4:39', `${AT}.state`, 'expected a state', 'running']],
  ['{ container: a, max_restarts: -1 }', ['4:46', `${AT}.max_restarts`, 'whole number from 0']],
  ['{ container: a, interval: 10ms }', ['4:42', `${AT}.interval`, 'between 100ms']],
];

const steady = (...items: string[]) =>
  `steady_state:\n${items.map((item) => `  - ${item}\n`).join('')}chapters: [{ title: A }]\n`;

describe('parsing probes', () => {
  for (const [written, probe] of GOOD)
    it(`understands ${written}`, () =>
      expect(actionOf(`probe: ${written}`)).to.deep.equal({ do: 'probe', probe }));

  for (const [probe, ...expected] of BAD)
    it(`says what is wrong with ${probe}`, () =>
      expectProblems(
        `chapters:\n  - title: A\n    on_enter:\n      - probe: ${probe}\n`,
        expected,
      ));

  it('keeps a name short and on one line', () => {
    const { probe } = actionOf(
      `probe: { prometheus: "http://p", expect_value: 1, query: "sum(${'x'.repeat(100)}) by\\n (y)" }`,
    ) as {
      probe: ProbeSpec;
    };
    expect(probe.name).to.have.length(60);
    expect(probe.name).to.match(/^prometheus sum\(xx.*…$/);
  });

  describe('of the steady state', () => {
    it('takes them in their order, beside thresholds', () => {
      const story = storyOf(
        steady(
          'probe: { tcp: "a:1", name: one }',
          'errors: "<= 1%"',
          'probe: { tcp: "a:2" }',
          'recover_within: 10s',
        ),
      );
      expect(story.steady_state.probes.map(({ name }) => name)).to.deep.equal(['one', 'tcp a:2']);
      expect(story.steady_state.thresholds).to.have.length(1);
      expect(story.steady_state.recover_within_ms).to.equal(10_000);
    });

    it('says which two have one name, since that is how they are told apart', () => {
      const text = steady(
        'probe: { http: "http://a/", expect_status: 200 }',
        'probe: { http: "http://a/", expect_body: x }',
      );
      expectProblems(text, [
        ['2:3', 'steady_state', 'two probes are called "http http://a/"', '`name:`'],
      ]);
    });

    it('says where a key means nothing, or a service does not exist', () => {
      expectProblems(steady('probe: { log: all, must_show: x, since: run }'), [
        ['2:38', 'steady_state[0].probe.since', 'means nothing here', 'Take it out'],
      ]);
      expectProblems(
        `engine: process\nservices: { api: { command: [a] } }\n${steady('probe: { container: apo }', 'probe: { log: db, must_show: x }')}`,
        [
          ['4:25', 'steady_state[0].probe.container', 'no service is called "apo"', 'api'],
          ['5:19', 'steady_state[1].probe.log', 'no service is called "db"'],
        ],
      );
    });

    it('names what a stack does not have', () => {
      const story = storyOf(
        steady('probe: { container: apo }', 'probe: { log: db, must_show: x }'),
      );
      expect(checkNames(story, ['api', 'db'], 'has no instance now')).to.deep.equal([
        'A probe looks at apo, which has no instance now. Did you mean api?',
      ]);
    });

    it('adds to the time that a fault takes at most', () => {
      const inject =
        'chapters: [{ title: A, on_enter: [ { inject: { kind: kill, countdown: 0s } } ] }]';
      const longest = (head: string) => estimateStory(storyOf(`${head}\n${inject}`)).longest_ms;
      const probes =
        'steady_state: [ { probe: { tcp: "a:1", timeout: 2s, retry_for: 20s } }, { probe: { tcp: "a:2", timeout: 3s } } ]';
      expect(longest(probes) - longest('')).to.equal(22_000);
    });
  });

  it('knows which probes need to know where the stack stood', () => {
    const needed = (...items: string[]) => marksNeeded(storyOf(steady(...items)));
    expect(needed('probe: { container: all, oom_killed: false }')).to.deep.equal({
      logs: false,
      restarts: false,
    });
    expect(needed('probe: { container: all, max_restarts: 0 }')).to.deep.equal({
      logs: false,
      restarts: true,
    });
    expect(needed('probe: { log: all, must_show: x }')).to.deep.equal({
      logs: true,
      restarts: false,
    });
  });

  it('takes the story of the page on probes', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/probes.md'), 'utf8');
    const [, story = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(storyOf(story).steady_state.probes).to.have.length(3);
  });
});
