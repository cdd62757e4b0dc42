import { expect } from 'chai';
import { describe, it } from 'mocha';
import { specOf } from '../../src/fault/fault-kind.ts';
import { kill } from '../../src/fault/kinds/kill.ts';
import { pause } from '../../src/fault/kinds/pause.ts';
import { actionOf, expectProblems, problemsOf, storyOf } from './parsing.ts';

describe('parsing a story', () => {
  describe('what is right', () => {
    it('makes a chapter with a title and a narration complete', () => {
      expect(
        storyOf('chapters: [{ title: Fault Injection, narration: Now. }]').chapters,
      ).to.deep.equal([
        {
          id: 'fault-injection',
          title: 'Fault Injection',
          narration: 'Now.',
          notes: '',
          hypothesis: [],
          on_deviation: 'stop',
          on_enter: [],
          auto_advance: false,
          blocks_advance: false,
        },
      ]);
    });

    it('fills in every default', () => {
      expect(storyOf('chapters: [{ title: A }]')).to.deep.equal({
        name: 'shop-stack',
        engine: 'compose',
        compose: { files: [], project: null, profiles: [] },
        swarm: { stack: null, context: null, nodes: {} },
        services: {},
        kubernetes: null,
        tools: { image: null },
        protect: [],
        leader: [],
        blast_radius: { max_targets: null, max_unavailable: null },
        production: { labels: [], contexts: [] },
        workload: null,
        steady_state: { thresholds: [], probes: [], objective: null, recover_within_ms: null },
        abort_if: [],
        metrics: null,
        notify: [],
        hooks: {},
        telemetry: null,
        chapters: [
          {
            id: 'a',
            title: 'A',
            narration: '',
            notes: '',
            hypothesis: [],
            on_deviation: 'stop',
            on_enter: [],
            auto_advance: false,
            blocks_advance: false,
          },
        ],
      });
    });

    it('takes relative paths from the folder of the story', () => {
      const { compose, services } = storyOf(
        'engine: process\nservices:\n  a: { command: [a], working_dir: ../other/./api }\n  b: { command: [b] }\n  c: { command: [c], working_dir: /srv/c/ }\nchapters: [{ title: A }]',
      );
      expect(compose.files).to.deep.equal([]);
      expect(Object.values(services).map((service) => service.working_dir)).to.deep.equal([
        '/home/ops/other/api',
        '/home/ops/Shop Stack',
        '/srv/c',
      ]);
      expect(
        storyOf(
          'compose: { files: [compose.yaml, ../b.yaml, /etc/c.yaml] }\nchapters: [{ title: A }]',
        ).compose.files,
      ).to.deep.equal(['/home/ops/Shop Stack/compose.yaml', '/home/ops/b.yaml', '/etc/c.yaml']);
    });

    it('keeps words of commands and variables as they are written', () => {
      const { services } = storyOf(
        'engine: process\nservices: { a: { command: [run, 007, 1.0, true, "x y"], env: { ZIP: 01234, ON: true, SIZE: 0x10, RATE: 1e3 } } }\nchapters: [{ title: A }]',
      );
      expect(services.a?.command).to.deep.equal(['run', '007', '1.0', 'true', 'x y']);
      expect(services.a?.env).to.deep.equal({
        ZIP: '01234',
        ON: 'true',
        SIZE: '0x10',
        RATE: '1e3',
      });
    });

    it('splits a command as a shell splits words', () => {
      expect(actionOf(`run: node load.js "two words" --x='$HOME' ""`)).to.deep.include({
        command: { argv: ['node', 'load.js', 'two words', '--x=$HOME', ''] },
      });
    });

    it('knows a service of the process engine', () => {
      expect(
        storyOf(
          'engine: process\nservices: { api: { command: node api.js, replicas: 3, port: 8081, health: { http: /healthz }, restart: no } }\nchapters: [{ title: A }]',
        ).services.api,
      ).to.deep.equal({
        command: ['node', 'api.js'],
        replicas: 3,
        port: 8081,
        env: {},
        health: { http: '/healthz' },
        restart: 'no',
        working_dir: '/home/ops/Shop Stack',
      });
    });

    const inject = {
      ...specOf(kill),
      service: null,
      labels: [],
      pick: { by: 'random' },
      count: 1,
      exclude: [],
      overrule: [],
      seed: null,
      countdown_ms: 3000,
      duration_ms: null,
    };
    const probe = { timeout_ms: 5000, retry_for_ms: 0, interval_ms: 1000 };
    const well = { state: null, health: null, max_restarts: null, oom_killed: null };
    const plain = { expect_value: null, pattern: null };
    for (const [written, action] of [
      ['inject: { kind: kill }', { do: 'inject', inject }],
      [
        'inject: { kind: kill, service: redis-2, seed: 7, countdown: 0 }',
        { do: 'inject', inject: { ...inject, service: 'redis-2', seed: 7, countdown_ms: 0 } },
      ],
      [
        'inject: { kind: pause, pick: all, duration: 1m30s }',
        {
          do: 'inject',
          inject: { ...inject, ...specOf(pause), pick: { by: 'all' }, duration_ms: 90_000 },
        },
      ],
      [
        'inject: { kind: kill, pick: { command: [./leader.sh, -q] } }',
        {
          do: 'inject',
          inject: { ...inject, pick: { by: 'command', command: { argv: ['./leader.sh', '-q'] } } },
        },
      ],
      [
        'inject: { kind: kill, service: [web, db-1], pick: oldest, count: 50%, exclude: [web-2], overrule: [protected] }',
        {
          do: 'inject',
          inject: {
            ...inject,
            service: ['web', 'db-1'],
            pick: { by: 'oldest' },
            count: { share: 0.5 },
            exclude: ['web-2'],
            overrule: ['protected'],
          },
        },
      ],
      [
        'inject: { kind: kill, label: tier=db }',
        { do: 'inject', inject: { ...inject, labels: ['tier=db'] } },
      ],
      [
        'inject: { kind: kill, label: [tier=db, zone] }',
        { do: 'inject', inject: { ...inject, labels: ['tier=db', 'zone'] } },
      ],
      [
        'inject: { kind: kill, pick: newest, count: all }',
        { do: 'inject', inject: { ...inject, pick: { by: 'all' } } },
      ],
      [
        'inject: { kind: kill, pick: { shell: "a | b" } }',
        {
          do: 'inject',
          inject: { ...inject, pick: { by: 'command', command: { shell: 'a | b' } } },
        },
      ],
      ['recover: all', { do: 'recover', fault: 'all' }],
      ['recover: f12', { do: 'recover', fault: 'f12' }],
      ['workload: stop', { do: 'workload', to: 'stop' }],
      ['detect: true', { do: 'detect', within_ms: 10_000 }],
      ['detect: 1500ms', { do: 'detect', within_ms: 1500 }],
      ['diagnose: true', { do: 'diagnose' }],
      ['run: [echo, "a b"]', { do: 'run', command: { argv: ['echo', 'a b'] }, timeout_ms: 60_000 }],
      [
        'run: { command: [echo], timeout: 2m }',
        { do: 'run', command: { argv: ['echo'] }, timeout_ms: 120_000 },
      ],
      ['run: { shell: "a && b" }', { do: 'run', command: { shell: 'a && b' }, timeout_ms: 60_000 }],
      ['shell: "a && b"', { do: 'run', command: { shell: 'a && b' }, timeout_ms: 60_000 }],
      ['wait: 5s', { do: 'wait', delay_ms: 5000 }],
      [
        'probe: { container: all }',
        {
          do: 'probe',
          probe: { ...probe, look: 'container', service: null, ...well, name: 'every instance' },
        },
      ],
      [
        'probe: { container: redis, retry_for: 10s, timeout: 1s, name: store }',
        {
          do: 'probe',
          probe: {
            ...probe,
            look: 'container',
            service: 'redis',
            ...well,
            name: 'store',
            timeout_ms: 1000,
            retry_for_ms: 10_000,
          },
        },
      ],
      [
        'probe: { tcp: "[::1]:80" }',
        {
          do: 'probe',
          probe: { ...probe, look: 'tcp', host: '::1', port: 80, name: 'tcp [::1]:80' },
        },
      ],
      [
        'probe: { command: [a, b], expect_output: ok }',
        {
          do: 'probe',
          probe: {
            ...probe,
            look: 'command',
            command: { argv: ['a', 'b'] },
            expect_output: 'ok',
            ...plain,
            name: 'command a',
          },
        },
      ],
      [
        'probe: { shell: a | b }',
        {
          do: 'probe',
          probe: {
            ...probe,
            look: 'command',
            command: { shell: 'a | b' },
            expect_output: null,
            ...plain,
            name: 'shell line',
          },
        },
      ],
    ] as const) {
      it(`understands ${written}`, () => expect(actionOf(written)).to.deep.equal(action));
    }

    it('keeps secrets out of the name of a probe, which is recorded', () => {
      expect(
        actionOf('probe: { http: "http://me:secret@host:81/health?token=secret" }'),
      ).to.deep.equal({
        do: 'probe',
        probe: {
          ...probe,
          look: 'http',
          name: 'http http://host:81/health',
          url: 'http://me:secret@host:81/health?token=secret',
          headers: {},
          expect_status: null,
          expect_body: null,
          ...plain,
        },
      });
    });

    it('understands a steady state', () => {
      const items = [
        'throughput: ">= 50% of baseline"',
        'throughput: "> 100/s"',
        'errors: "<= 0.5%"',
        'p99: "< 1m30s"',
        'recover_within: 45s',
      ];
      expect(
        storyOf(
          `steady_state: [${items.map((item) => `{ ${item} }`).join(', ')}]\nchapters: [{ title: A }]`,
        ).steady_state,
      ).to.deep.equal({
        thresholds: [
          {
            measure: 'throughput',
            text: '>= 50% of baseline',
            operator: '>=',
            value: 50,
            unit: '% of baseline',
          },
          { measure: 'throughput', text: '> 100/s', operator: '>', value: 100, unit: 'ops/s' },
          { measure: 'errors', text: '<= 0.5%', operator: '<=', value: 0.5, unit: '%' },
          { measure: 'p99', text: '< 1m30s', operator: '<', value: 90_000, unit: 'ms' },
        ],
        objective: null,
        probes: [],
        recover_within_ms: 45_000,
      });
    });
  });

  describe('chapters', () => {
    it('makes ids of titles in any script', () => {
      const ids = (titles: string[]) =>
        storyOf(
          `chapters: [${titles.map((title) => `{ title: "${title}" }`).join(', ')}]`,
        ).chapters.map(({ id }) => id);
      expect(
        ids(['Fault  Injection!', 'Défaillance générale', '第一章', '- 3-2-1 -']),
      ).to.deep.equal(['fault-injection', 'defaillance-generale', '第一章', '3-2-1']);
    });

    it('names both places of an id that stands twice', () => {
      expectProblems(
        'chapters:\n  - title: Fault Injection\n  - title: B\n  - title: fault injection\n  - title: C\n    id: b\n',
        [
          [
            '4:12',
            'chapters[2].title',
            'the chapter id "fault-injection" is taken by chapters[0] on line 2, column 12',
            'fault-injection-2',
          ],
          [
            '6:9',
            'chapters[3].id',
            'the chapter id "b" is taken by chapters[1] on line 3, column 12',
            'id:',
          ],
        ],
      );
    });

    it('asks for an id where the title gives none', () => {
      expectProblems('chapters:\n  - title: "!!!"\n', [
        ['2:12', 'chapters[0].title', 'no id can be made', '`id: chapter-1`'],
      ]);
    });

    it('refuses a story without chapters', () => {
      expectProblems('name: x\n', [['1:1', 'chapters', '"chapters" is missing']]);
      expectProblems('name: x\nchapters: []\n', [
        ['2:11', 'chapters', 'at least one chapter', 'title: Welcome'],
      ]);
      expectProblems('name: x\nchapters:\n', [
        ['2:1', 'chapters', 'expected a list of chapters, got nothing'],
      ]);
      expectProblems('chapters: Welcome\n', [
        ['1:11', 'chapters', 'expected a list of chapters, got "Welcome"', '[Welcome]'],
      ]);
    });

    it('says what a chapter lacks and what it has too much', () => {
      expectProblems('chapters:\n  - titel: A\n    narration: 3\n  - 7\n', [
        ['2:5', 'chapters[0].title', '"title" is missing'],
        ['2:5', 'chapters[0].titel', 'unknown key "titel"', '"title"'],
        ['3:16', 'chapters[0].narration', 'expected the narration, got the number 3', 'quotes'],
        ['4:5', 'chapters[1]', 'expected a mapping (title, id'],
      ]);
    });

    it('tells yes and no from true and false', () => {
      expectProblems('chapters:\n  - title: A\n    auto_advance: yes\n    blocks_advance: no\n', [
        ['3:19', 'chapters[0].auto_advance', 'expected true or false, got "yes"', 'Write true.'],
        ['4:21', 'chapters[0].blocks_advance', 'expected true or false, got "no"', 'Write false.'],
      ]);
    });
  });

  it('names every problem at once, from top to bottom', () => {
    const text = `name: my game day
engin: compose
protect: grafana
blast_radius: { max_targets: 0 }
workload: { kind: htp }
steady_state: [{ errors: 1 }, { latency: 3 }]
chapters:
  - title: A
    on_entr: []
    on_enter:
      - inject: { kind: kil, countdown: 3, sed: 1 }
`;
    expectProblems(text, [
      ['1:7', 'name', 'expected a name of letters', 'my-game-day'],
      ['2:1', 'engin', 'unknown key "engin"', '"engine"'],
      ['3:10', 'protect', 'expected a list of services, got "grafana"', '[grafana]'],
      ['4:30', 'blast_radius.max_targets', 'expected a whole number from 1'],
      [
        '5:19',
        'workload.kind',
        'http, redis, postgres, tcp, command, plugin, simulated, got "htp"',
        '"http"',
      ],
      ['6:26', 'steady_state[0].errors', 'expected a threshold such as "<= 1%"'],
      ['6:33', 'steady_state[1].latency', 'unknown key "latency"'],
      ['9:5', 'chapters[0].on_entr', 'unknown key', '"on_enter"'],
      ['11:25', 'chapters[0].on_enter[0].inject.kind', ', got "kil"', '"kill"'],
      ['11:41', 'chapters[0].on_enter[0].inject.countdown', 'got the number 3', 'Write 3s'],
      ['11:44', 'chapters[0].on_enter[0].inject.sed', 'unknown key "sed"', '"seed"'],
    ]);
  });

  it('counts what is more than anybody reads', () => {
    const problems = problemsOf(`chapters:\n${'  - 3\n'.repeat(500)}`);
    expect(problems).to.have.lengthOf(101);
    expect(problems.at(-1)).to.deep.include({
      line: 102,
      message: '400 more problems from here on',
    });
  });
});
