import { describe, it } from 'mocha';
import { expectProblems } from './parsing.ts';

/** One action in one chapter; its value begins at line 4, column 9. */
const inAction = (action: string) => `chapters:\n  - title: A\n    on_enter:\n      - ${action}\n`;
const AT = 'chapters[0].on_enter[0]';

const BAD: [action: string, ...expected: Parameters<typeof expectProblems>[1]][] = [
  [
    'inject: { kind: kil }',
    ['4:25', `${AT}.inject.kind`, 'expected a kind of fault', 'Did you mean "kill"?'],
  ],
  ['inject: {}', ['4:17', `${AT}.inject.kind`, '"kind" is missing']],
  ['inject: kill', ['4:17', `${AT}.inject`, 'expected a mapping (kind, service']],
  [
    'inject: { kind: kill, service: { a: 1 } }',
    ['4:40', `${AT}.inject.service`, 'expected the name of a service, or a list of them, got a'],
  ],
  [
    'inject: { kind: kill, countdown: 3 }',
    [
      '4:42',
      `${AT}.inject.countdown`,
      'expected a duration such as 1500ms, 3s or 2m, got the number 3',
      'Write 3s',
    ],
  ],
  [
    'inject: { kind: kill, countdown: 61s }',
    ['4:42', `${AT}.inject.countdown`, 'between 0ms and 1m, got 1m 1s'],
  ],
  [
    'inject: { kind: kill, countdown: 3 s }',
    ['4:42', `${AT}.inject.countdown`, 'got "3 s"', '1500ms'],
  ],
  ['inject: { kind: kill, duration: 0 }', ['4:41', `${AT}.inject.duration`, 'got the number 0']],
  [
    'inject: { kind: kill, duration: 50ms }',
    ['4:41', `${AT}.inject.duration`, 'between 100ms and'],
  ],
  [
    'inject: { kind: kill, seed: -1 }',
    ['4:37', `${AT}.inject.seed`, 'a whole number from 0 to 4294967295, got the number -1'],
  ],
  ['inject: { kind: kill, count: 1.5 }', ['4:38', `${AT}.inject.count`, 'a whole number from 1']],
  ['inject: { kind: kill, count: 0 }', ['4:38', `${AT}.inject.count`, 'a whole number from 1']],
  [
    'inject: { kind: kill, pick: randm }',
    ['4:37', `${AT}.inject.pick`, 'expected random, oldest, newest, all', 'Did you mean "random"?'],
  ],
  ['inject: { kind: kill, count: 0% }', ['4:38', `${AT}.inject.count`, 'a share above 0%']],
  ['inject: { kind: kill, count: half }', ['4:38', `${AT}.inject.count`, 'a share such as 50%']],
  ['inject: { kind: kill, service: [] }', ['4:40', `${AT}.inject.service`, 'one service at least']],
  [
    'inject: { kind: kill, overrule: [protect] }',
    ['4:42', `${AT}.inject.overrule[0]`, 'expected a guard', 'Did you mean "protected"?'],
  ],
  [
    'inject: { kind: kill, pick: oldest, seed: 2 }',
    ['4:45', `${AT}.inject.seed`, 'means nothing unless the pick is random'],
  ],
  [
    'inject: { kind: kill, service: web, pick: leader }',
    [
      '4:51',
      `${AT}.inject.pick`,
      'nothing says who leads web',
      'leader: [{ of: web, command: [...] }]',
    ],
  ],
  [
    'inject: { kind: kill, label: "=db" }',
    ['4:38', `${AT}.inject.label`, 'expected a label such as tier=db, got "=db"'],
  ],
  [
    'inject: { kind: kill, label: [] }',
    ['4:38', `${AT}.inject.label`, 'expected one label at least'],
  ],
  [
    'inject: { kind: kill, pick: leader, count: all }',
    ['4:37', `${AT}.inject.pick`, 'nothing says who leads any service'],
    ['4:45', `${AT}.inject.count`, 'means nothing unless the pick is random'],
  ],
  [
    'inject: { kind: kill, pick: {} }',
    ['4:37', `${AT}.inject.pick`, 'needs one of command, shell'],
  ],
  [
    'inject: { kind: kill, pick: { comand: [a] } }',
    ['4:39', `${AT}.inject.pick.comand`, 'unknown key', '"command"'],
  ],
  [
    'inject: { kind: kill, pick: { command: [a], shell: b } }',
    ['4:53', `${AT}.inject.pick.shell`, '"command" and "shell" cannot stand together'],
  ],
  [
    'inject: { kind: kill, pick: { command: [] } }',
    ['4:48', `${AT}.inject.pick.command`, 'the program is missing'],
  ],
  [
    'inject: { kind: kill, pick: all, count: 2 }',
    ['4:42', `${AT}.inject.count`, 'means nothing unless the pick is random'],
  ],
  [
    'inject: { kind: kill, pick: { command: [a] }, seed: 2 }',
    ['4:55', `${AT}.inject.seed`, 'means nothing unless the pick is random'],
  ],
  [
    'recover: redis',
    ['4:18', `${AT}.recover`, 'expected all, or the id of a fault', 'recover: all'],
  ],
  ['recover: f0', ['4:18', `${AT}.recover`, 'expected all, or the id of a fault']],
  ['recover: 1', ['4:18', `${AT}.recover`, 'got the number 1']],
  ['workload: begin', ['4:19', `${AT}.workload`, 'start, stop, got "begin"']],
  [
    'workload: start',
    ['4:19', `${AT}.workload`, 'the story has no workload to start', 'workload:'],
  ],
  ['wait: 5', ['4:15', `${AT}.wait`, 'got the number 5', 'Write 5s']],
  ['wait: 200h', ['4:15', `${AT}.wait`, 'and 168h']],
  ['wait:', ['4:9', `${AT}.wait`, 'got nothing']],
  ['diagnose: yes', ['4:19', `${AT}.diagnose`, 'expected true, got "yes"']],
  ['detect: 10', ['4:17', `${AT}.detect`, 'got the number 10', 'Write 10s']],
  ['detect: false', ['4:17', `${AT}.detect`, 'got false']],
  ['detect: 10sec', ['4:17', `${AT}.detect`, 'got "10sec"']],
  ['{}', ['4:9', AT, 'needs one of inject, recover']],
  ['wait', ['4:9', AT, 'expected a mapping (one of inject', '']],
  ['injekt: { kind: kill }', ['4:9', `${AT}.injekt`, 'unknown key', '"inject"']],
  [
    '{ recover: all, wait: 3s }',
    ['4:25', `${AT}.wait`, '"recover" and "wait" cannot stand together', 'list item of each'],
  ],
  ['run: []', ['4:14', `${AT}.run`, 'the program is missing']],
  ['run: [[a]]', ['4:15', `${AT}.run[0]`, 'expected a text, a number, true or false, got a list']],
  ['run: 3', ['4:14', `${AT}.run`, 'expected a list [program, argument, ...]']],
  ['run: a | b', ['4:14', `${AT}.run`, '| means nothing here', 'shell:']],
  ['run: echo $HOME', ['4:14', `${AT}.run`, '$ means nothing here']],
  [`run: it's`, ['4:14', `${AT}.run`, 'a quote is not closed']],
  ['run: ["", x]', ['4:14', `${AT}.run`, 'the program has no name']],
  ['run: { timeout: 3s }', ['4:14', `${AT}.run`, 'needs one of command, shell']],
  ['run: { command: [a], timeout: 3 }', ['4:39', `${AT}.run.timeout`, 'got the number 3']],
  ['shell: ""', ['4:16', `${AT}.shell`, 'expected a line for sh -c, got ""']],
  [
    'probe: { }',
    ['4:16', `${AT}.probe`, 'needs one of http, tcp, container, log, prometheus, command, shell'],
  ],
  [
    'probe: { timeout: 3 }',
    ['4:16', `${AT}.probe`, 'needs one of http'],
    ['4:27', `${AT}.probe.timeout`, 'got the number 3'],
  ],
  [
    'probe: { http: localhost:80/x }',
    ['4:24', `${AT}.probe.http`, 'expected a URL', 'http://localhost:80/x'],
  ],
  ['probe: { http: "http://:80" }', ['4:24', `${AT}.probe.http`, 'this is not a URL']],
  ['probe: { tcp: 6379 }', ['4:23', `${AT}.probe.tcp`, 'expected host:port', '127.0.0.1:6379']],
  ['probe: { tcp: a:70000 }', ['4:23', `${AT}.probe.tcp`, 'at most 65535']],
  ['probe: { container: "a b" }', ['4:29', `${AT}.probe.container`, 'expected a service, or all']],
  [
    'probe: { tcp: a:1, expect_status: 200 }',
    ['4:28', `${AT}.probe.expect_status`, 'means nothing here', 'http'],
  ],
  [
    'probe: { http: "http://a", tcp: a:1 }',
    ['4:36', `${AT}.probe.tcp`, 'cannot stand together', 'one probe of each'],
  ],
];

describe('parsing actions: what is wrong, and where', () => {
  for (const [action, ...expected] of BAD)
    it(action, () => expectProblems(inAction(action), expected));
});
