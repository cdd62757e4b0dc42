import { describe, it } from 'mocha';
import { expectProblems } from './parsing.ts';

const CHAPTERS = 'chapters: [{ title: A }]\n';

/** Each stands at the top of a story that is right otherwise. */
const BAD: [text: string, ...expected: Parameters<typeof expectProblems>[1]][] = [
  [
    'swarm: { stack: shop }\n',
    ['1:1', 'swarm', '"swarm" means nothing with engine: compose', 'engine: swarm'],
  ],
  [
    'engine: swarm\nservices: { a: { command: [a] } }\n',
    ['2:1', 'services', 'whose stack files name them'],
  ],
  ['leader: [{ of: a }]\n', ['1:10', 'leader[0]', 'needs one of command, shell, each']],
  ['leader: [{ command: [x] }]\n', ['1:10', 'leader[0].of', '"of" is missing']],
  ['leader: [{ of: [], command: [x] }]\n', ['1:16', 'leader[0].of', 'one service at least']],
  [
    'leader: [{ of: a, command: [x], each: [y, "{{name}}"] }]\n',
    ['1:33', 'leader[0].each', '"command" and "each" cannot stand together'],
  ],
  [
    'leader: [{ of: a, each: [ask, "{{nane}}"] }]\n',
    ['1:25', 'leader[0].each', '{{nane}} is not known here', 'Did you mean "name"?'],
  ],
  [
    'leader: [{ of: a, each: [ask, "{{service}} {{number}}"] }, { of: [b, a], command: [x] }]\n',
    ['1:66', 'leader[1].of', 'who leads a is said in leader[0] already'],
  ],
  [
    'leader: [{ of: a, each: [ask, me] }]\n',
    ['1:25', 'leader[0].each', 'nothing in it tells one instance from another', '{{name}}'],
  ],
  [
    'leader: [{ of: a, command: [x], expect_output: master }]\n',
    ['1:10', 'leader[0]', '"expect_output" means nothing without "each"'],
  ],
  ['swarm: { stack: "a b" }\nengine: swarm\n', ['1:17', 'swarm.stack', 'name of a stack']],
  [
    'swarm: { nodes: { node2: "http://node2" } }\nengine: swarm\n',
    ['1:26', 'swarm.nodes.node2', 'a docker context, or an address such as ssh://node2'],
  ],
  [
    'engine: docker\n',
    ['1:9', 'engine', 'expected an engine: compose, swarm, kubernetes, process, got "docker"'],
  ],
  [
    'compose: []\n',
    ['1:10', 'compose', 'expected a mapping (files, project, profiles), got a list'],
  ],
  [
    'compose: { files: compose.yaml }\n',
    ['1:19', 'compose.files', 'expected a list of Compose files', '[compose.yaml]'],
  ],
  [
    'compose: { project: My Shop }\n',
    ['1:21', 'compose.project', 'Compose project name', 'my-shop'],
  ],
  ['compose: { profile: [x] }\n', ['1:12', 'compose.profile', 'unknown key', '"profiles"']],
  [
    'protect: [3]\n',
    ['1:11', 'protect[0]', 'expected a service or service-number, got the number 3', '"3"'],
  ],
  [
    'blast_radius: 2\n',
    ['1:15', 'blast_radius', 'expected a mapping (max_targets, max_unavailable), got the number 2'],
  ],
  [
    'blast_radius: { max_unavailable: 0 }\n',
    ['1:34', 'blast_radius.max_unavailable', 'expected a whole number from 1 to 1000, got'],
  ],
  ['production: { label: [env=prod] }\n', ['1:15', 'production.label', 'unknown key', '"labels"']],
  ['steady_state: {}\n', ['1:15', 'steady_state', 'expected a list of thresholds']],
  [
    'steady_state: [{ throughput: 50% }]\n',
    ['1:30', 'steady_state[0].throughput', 'such as ">= 50% of baseline"'],
  ],
  ['steady_state: [{ errors: ">= 1%" }]\n', ['1:26', 'steady_state[0].errors', 'such as "<= 1%"']],
  ['steady_state: [{ p99: "<= 250" }]\n', ['1:23', 'steady_state[0].p99', 'such as "<= 250ms"']],
  [
    'steady_state: [{ errors: "< 1%", p99: "< 1s" }]\n',
    ['1:34', 'steady_state[0].p99', 'cannot stand together'],
  ],
  [
    'steady_state: [{ recover_within: 30s }, { recover_within: 10s }]\n',
    ['1:43', 'steady_state[1].recover_within', 'stands in steady_state[0] already'],
  ],
  ['workload: http\n', ['1:11', 'workload', 'expected a mapping (kind']],
  [
    'workload: { url: "http://a/" }\n',
    ['1:11', 'workload.kind', '"kind" is missing', 'http, redis'],
  ],
  ['workload: { kind: http }\n', ['1:11', 'workload', 'needs one of url, urls']],
  [
    'workload: { kind: http, url: "http://a/", urls: ["http://b/"] }\n',
    ['1:43', 'workload.urls', 'cannot stand together'],
  ],
  [
    'workload: { kind: http, url: "http://a/", rate: 500 }\n',
    ['1:49', 'workload.rate', 'expected a rate such as 500/s', 'Write 500/s'],
  ],
  ['workload: { kind: http, url: "http://a/", rate: 0/s }\n', ['1:49', 'workload.rate', 'above 0']],
  [
    'workload: { kind: http, url: "http://a/", method: get }\n',
    ['1:51', 'workload.method', 'expected a method', 'GET'],
  ],
  [
    'workload: { kind: redis, url: "127.0.0.1:6379" }\n',
    ['1:31', 'workload.url', 'redis://', 'redis://127.0.0.1:6379'],
  ],
  ['workload: { kind: tcp }\n', ['1:11', 'workload', 'needs one of port, addresses']],
  [
    'workload: { kind: command, command: [a], pattern: "([0-9]" }\n',
    ['1:51', 'workload.pattern', 'no regular expression'],
  ],
  [
    'workload: { kind: command, command: [a], pattern: ops }\n',
    ['1:51', 'workload.pattern', 'with a group'],
  ],
  [
    'workload: { kind: simulated, baseline: "10" }\n',
    ['1:40', 'workload.baseline', 'a whole number from 1'],
  ],
  ['engine: process\n', ['1:9', 'engine', 'needs services', 'services:']],
  ['engine: process\nservices: {}\n', ['2:11', 'services', 'needs services']],
  [
    'services: { a: { command: [a] } }\n',
    ['1:1', 'services', 'means nothing with engine: compose', 'engine: process'],
  ],
  [
    'engine: process\ncompose: { project: x }\nservices: { a: { command: [a] } }\n',
    ['2:1', 'compose', 'means nothing with engine: process'],
  ],
];

/** Services of a process story, from line 3 on. */
const BAD_SERVICES: [services: string, ...expected: Parameters<typeof expectProblems>[1]][] = [
  ['a: {}', ['3:6', 'services.a.command', '"command" is missing']],
  [
    'a: { command: node a.js; true }',
    ['3:17', 'services.a.command', '; means nothing here', 'sh, -c'],
  ],
  [
    'a: { command: [a], restart: false }',
    ['3:31', 'services.a.restart', 'expected "no" or always, got false', 'restart: "no"'],
  ],
  [
    'a: { command: [a], restart: on-failure }',
    ['3:31', 'services.a.restart', 'expected "no" or always'],
  ],
  [
    'a: { command: [a], env: [B=1] }',
    ['3:27', 'services.a.env', 'expected a mapping (NAME: value), got a list'],
  ],
  [
    'a: { command: [a], env: { B C: 1 } }',
    ['3:29', 'services.a.env["B C"]', 'the name of a variable'],
  ],
  ['a: { command: [a], env: { B: } }', ['3:29', 'services.a.env.B', 'got nothing']],
  [
    'a: { command: [a], health: { http: healthz }, port: 1 }',
    ['3:38', 'services.a.health.http', 'a path such as /healthz'],
  ],
  ['a: { command: [a], health: { tcp: true } }', ['3:22', 'services.a.health', 'needs a port']],
  [
    'a: { command: [a], health: {}, port: 1 }',
    ['3:30', 'services.a.health', 'needs one of http, tcp', '{ tcp: true }'],
  ],
  ['a: { command: [a], replicas: 0 }', ['3:32', 'services.a.replicas', 'from 1 to 100']],
  ['a: { command: [a], port: 65535, replicas: 2 }', ['3:28', 'services.a.port', 'end at 65536']],
  [
    'a: { command: [a], port: 80, replicas: 3 }\n  b: { command: [b], port: 82 }',
    ['4:28', 'services.b.port', 'port 82 and ports 80 to 82 of a overlap'],
  ],
  ['a b: { command: [a] }', ['3:3', 'services["a b"]', 'expected a name of letters']],
  ['../a: { command: [a] }', ['3:3', 'services["../a"]', 'expected a name of letters']],
  ['constructor: { command: [a] }', ['3:3', '', '"constructor" cannot be a key']],
];

describe('parsing the stack: what is wrong, and where', () => {
  for (const [text, ...expected] of BAD)
    it(text.trimEnd(), () => expectProblems(text + CHAPTERS, expected));
  for (const [services, ...expected] of BAD_SERVICES) {
    it(services, () =>
      expectProblems(`engine: process\nservices:\n  ${services}\n${CHAPTERS}`, expected),
    );
  }

  it('knows the services of the process engine by name', () => {
    const text = `engine: process
services:
  api: { command: [a], replicas: 2 }
  store: { command: [b] }
protect: [stor, api-1]
chapters:
  - title: A
    on_enter:
      - inject: { kind: kill, service: apl }
      - inject: { kind: kill, service: api-2 }
      - inject: { kind: kill, service: api-3 }
      - probe: { container: stroe }
      - probe: { container: all }
`;
    expectProblems(text, [
      ['5:11', 'protect[0]', 'no service is called "stor"', 'Did you mean "store"?'],
      [
        '9:40',
        'chapters[0].on_enter[0].inject.service',
        'no service is called "apl"',
        'Did you mean "api"?',
      ],
      [
        '11:40',
        'chapters[0].on_enter[2].inject.service',
        'no service is called "api-3"',
        'Did you mean "api"?',
      ],
      [
        '12:29',
        'chapters[0].on_enter[3].probe.container',
        'no service is called "stroe"',
        'Did you mean "store"?',
      ],
    ]);
  });

  it('cannot know those of a Compose stack', () => {
    expectProblems(
      `protect: [grafana]\nchapters: [{ title: A, on_enter: [{ inject: { kind: kill, service: any-thing_1.x } }] }]\nx: 1\n`,
      [['3:1', 'x', 'unknown key']],
    );
  });
});
