/** Streams as the runner yields them, for the views to show: the story as data, the other scenes as what is said of it. */
import type {
  Doing,
  Evidence,
  Found,
  Phase,
  RecoverWait,
  RunnerEvent,
  Step,
  StepId,
} from '../../src/run/progress.ts';
import type { Action } from '../../src/story/story.ts';
import { keyOf, type Said, Sayer } from '../../src/view/say/say.ts';

/** An event, what is said of one, or a pause of so many milliseconds. */
export type Beat = RunnerEvent | Said | number;

/** For scenes about how a view draws, whatever the words are. */
export class SceneSayer extends Sayer {
  override say(event: RunnerEvent | Said): Said[] {
    return 'say' in event ? [event] : super.say(event);
  }
}

const said = (phase: Phase, step: string, text: string, counts = false): Said => ({
  say: 'step',
  key: keyOf(step.split('.')),
  phase,
  text,
  counts,
});
export const planned = (step: string, text: string) => said('planned', step, text);
export const begin = (step: string, text: string) => said('running', step, text);
export const tick = (step: string, text: string) => said('running', step, text);
export const done = (step: string, text: string) => said('done', step, text);
export const failed = (step: string, text: string) => said('failed', step, text);
export const skipped = (step: string, text: string) => said('skipped', step, text);
export const lines = (step: string | null, ...texts: string[]): Said => ({
  say: 'lines',
  key: step === null ? null : keyOf(step.split('.')),
  lines: texts,
});
export const heading = (number: number, title: string, narration = '', of = 8): RunnerEvent => ({
  type: 'chapter',
  index: number - 1,
  of,
  id: title.toLowerCase().replaceAll(' ', '-'),
  title,
  narration,
  unverified: [],
});

const step = (id: StepId, phase: Phase, doing: Doing, more: Partial<Step> = {}): Step => ({
  type: 'step',
  id,
  phase,
  doing,
  ...more,
});
const shows = (id: StepId, evidence: Evidence): RunnerEvent => ({ type: 'evidence', id, evidence });
const action = (of: Exclude<Action, { do: 'inject' }>): Doing => ({
  do: 'action',
  action: of,
  now: null,
});
const stack: Doing = { do: 'stack', to: 'up', project: 'shop', anew: false };
const health: Exclude<Action, { do: 'inject' }> = {
  do: 'probe',
  probe: {
    name: 'instances',
    look: 'container',
    service: null,
    state: null,
    health: null,
    max_restarts: null,
    oom_killed: null,
    timeout_ms: 5000,
    retry_for_ms: 0,
    interval_ms: 1000,
  },
};
const start = action({ do: 'workload', to: 'start' });
const detect: Exclude<Action, { do: 'inject' }> = { do: 'detect', within_ms: 10_000 };
const counting = (left_ms: number): Doing => ({
  do: 'countdown',
  kind: 'kill',
  targets: left_ms === 0 ? [] : [{ label: 'api-2', name: 'shop-api-2' }],
  left_ms,
  of_ms: 3000,
});
const killing = (fault: string | null, targets: string[]): Doing => ({
  do: 'inject',
  kind: 'kill',
  words: { doing: 'killing', done: 'killed' },
  service: 'api',
  targets,
  fault,
});
const recovering = (wait: RecoverWait | null, how?: string[]): Doing => ({
  do: 'recover',
  fault: 'f1',
  kind: 'kill',
  targets: ['api-2'],
  wait,
  ...(how && { how }),
});
const noticed: Extract<Found, { found: 'noticed' }> = {
  found: 'noticed',
  within_ms: 10_000,
  any_fault: true,
  notices: [
    {
      by: 'engine',
      target: 'api-2',
      after_ms: 14,
      saw: 'exit',
      exit_code: 137,
      simulated: false,
    },
    { by: 'workload', target: 'workload', after_ms: 500, simulated: false },
    { by: 'health', target: 'gateway-1', after_ms: 2100, simulated: false },
  ],
  workload_noticed: true,
  quiet_probes: [],
};

/** The default story, eight chapters. */
const story: Beat[] = [
  step(['stack'], 'running', stack),
  200,
  step(['stack'], 'done', stack),
  heading(
    1,
    'Welcome',
    'Three nodes, one quorum. Watch the throughput: it is what the users of this shop feel, and all that they feel.\n',
  ),
  100,
  heading(2, 'Cluster Health', 'Every instance, as the engine sees it.'),
  step(['cluster-health', 0], 'planned', action(health)),
  step(['cluster-health', 0], 'running', action(health)),
  150,
  shows(['cluster-health', 0], {
    about: 'output',
    lines: [
      'api-1    running, healthy  (shop-api-1)',
      'api-2    running, healthy  (shop-api-2)',
      'redis-1  running  (operator-redis-redis-1)',
    ],
  }),
  step(['cluster-health', 0], 'done', action(health), {
    found: { found: 'probe', probe: 'instances', text: '3 of 3 instances are running and well' },
  }),
  100,
  heading(3, 'Load Generation', 'From here on the shop is busy.'),
  step(['load-generation', 0], 'planned', start),
  step(['load-generation', 0], 'running', start),
  300,
  step(['load-generation', 0], 'done', start, {
    found: {
      found: 'workload',
      kind: 'http',
      simulated_ops_per_s: null,
      first: { ops_per_s: 499, p99_ms: 3, ok: 2000, failed: 0, is_sick: false },
    },
  }),
  100,
  heading(4, 'Fault Injection', 'One instance dies. Nobody is warned.'),
  step(['fault-injection', 0, 'countdown'], 'planned', counting(0)),
  step(['fault-injection', 0, 'inject'], 'planned', killing(null, [])),
  step(['fault-injection', 0, 'countdown'], 'running', counting(3000)),
  1000,
  step(['fault-injection', 0, 'countdown'], 'running', counting(2000)),
  1000,
  step(['fault-injection', 0, 'countdown'], 'running', counting(1000)),
  1000,
  step(['fault-injection', 0, 'countdown'], 'done', counting(1)),
  step(['fault-injection', 0, 'inject'], 'running', killing(null, ['api-2'])),
  120,
  step(['fault-injection', 0, 'inject'], 'done', killing('f1', ['api-2']), { took_ms: 12 }),
  100,
  heading(5, 'Detection', 'Who noticed, and after how long?'),
  step(['detection', 0], 'planned', action(detect)),
  step(['detection', 0], 'running', action(detect)),
  step(['detection', 0], 'running', {
    do: 'action',
    action: detect,
    now: { now: 'noticing', count: 0 },
  }),
  300,
  step(['detection', 0], 'running', {
    do: 'action',
    action: detect,
    now: { now: 'noticing', count: 1 },
  }),
  300,
  shows(['detection', 0], { about: 'notices', found: noticed }),
  step(['detection', 0], 'done', action(detect), { found: noticed }),
  100,
  heading(6, 'Diagnosis', 'The evidence.'),
  step(['diagnosis', 0], 'planned', action({ do: 'diagnose' })),
  step(['diagnosis', 0], 'running', action({ do: 'diagnose' })),
  150,
  shows(['diagnosis', 0], {
    about: 'target',
    target: 'api-2',
    kind: 'kill',
    now: { state: 'exited', health: 'none', exit_code: 137, oom_killed: false, restart_count: 0 },
    logs: ['GET /orders/4711 200 3ms', 'GET /orders/4712 200 2ms'],
  }),
  shows(['diagnosis', 0], {
    about: 'impact',
    text: 'since the fault: 312 operations lost (1.4 %), p99 2.9s for 1.6s, throughput at 62 % of the baseline',
    during: [],
  }),
  shows(['diagnosis', 0], { about: 'others', of: 2, unwell: [] }),
  step(['diagnosis', 0], 'done', action({ do: 'diagnose' }), {
    found: { found: 'evidence', faults: [{ fault: 'f1', targets: ['api-2'] }], data: [] },
  }),
  100,
  heading(7, 'Recovery', 'Exactly the instance that was hit comes back.'),
  step(['recovery', 0], 'planned', action({ do: 'recover', fault: 'all' })),
  step(['recovery', 0], 'running', action({ do: 'recover', fault: 'all' })),
  step(['recovery', 0, 'f1'], 'running', recovering(null)),
  step(
    ['recovery', 0, 'f1'],
    'running',
    recovering({ waits_for: 'undo', is: ['api-2 is killed'], undo: 'restart' }),
  ),
  300,
  step(
    ['recovery', 0, 'f1'],
    'running',
    recovering({ waits_for: 'state', target: 'api-2', state: 'running', health: 'starting' }),
  ),
  500,
  step(
    ['recovery', 0, 'f1'],
    'running',
    recovering({
      waits_for: 'workload',
      unmet: ['throughput at 87 % of the baseline'],
      left_ms: 9000,
    }),
  ),
  400,
  step(['recovery', 0, 'f1'], 'done', recovering(null, ['api-2 started, healthy']), {
    took_ms: 1300,
  }),
  step(['recovery', 0], 'done', action({ do: 'recover', fault: 'all' }), {
    found: { found: 'recovered', faults: ['f1'] },
  }),
  heading(8, 'Demo Complete', 'That was it.'),
];

const many = Array.from(
  { length: 400 },
  (_, index) => `line ${index + 1} of an output that is longer than the screen`,
);

/** Each of them is played in a terminal, into a file and into a pipe by the tests. */
export const SCENES = {
  story,
  countdown: [
    heading(4, 'Fault Injection', 'One instance dies. Nobody is warned.'),
    planned('x.0.countdown', 'Countdown'),
    planned('x.0.deed', 'kill api'),
    step(['x', 0, 'countdown'], 'running', counting(30_000)),
    30_000,
  ],
  /** Stops between a step's beginning and its end, with another to come; with a failed one before it in `midwayFailed`. */
  midway: [
    heading(4, 'Fault Injection'),
    planned('x.0', 'first'),
    planned('x.1', 'second'),
    planned('x.2', 'third'),
    begin('x.0', 'first'),
    begin('x.0.f1', 'part one'),
    100,
  ],
  midwayFailed: [
    planned('x.0', 'first'),
    planned('x.1', 'second'),
    begin('x.0', 'first'),
    failed('x.0', 'first: no such thing'),
    100,
  ],
  recovery: [
    planned('recover.f2', 'Recover f2: pause redis-1'),
    planned('recover.f1', 'Recover f1: kill api-2'),
    begin('recover.f2', 'Recovering f2: pause redis-1'),
    100,
    failed(
      'recover.f2',
      'f2 is still live: redis-1 (4ab0c1d2e3f4) was removed, and nothing has its place.',
    ),
    begin('recover.f1', 'Recovering f1: kill api-2'),
    100,
    done('recover.f1', 'api-2 started, running (f1 recovered in 1.3s)'),
  ],
  /** Steps and parts of steps that nobody announced, and lines of nobody. */
  unannounced: [
    lines(null, 'lines before anything else'),
    begin('stack', 'Starting the services of shop'),
    done('stack', 'The services of shop are up'),
    planned('a.0', 'first'),
    planned('a.1', 'second'),
    begin('a.0', 'first'),
    begin('a.0.f2', 'part two'),
    skipped('a.0.f2', 'part two was not needed'),
    begin('a.0.f1', 'part one'),
    tick('a.0.f1', 'part one is under way'),
    lines('a.0.f1', 'a line of part one', '  | indented'),
    done('a.0.f1', 'part one done'),
    done('a.0', 'first done'),
    begin('stranger', 'nobody knows this step'),
    done('a.1', 'second done, and it never began'),
    failed('stranger', 'the stranger failed'),
    done('late', 'ended without a beginning'),
    lines('late', 'a line that comes late'),
    tick('b.0', 'a tick comes first'),
    done('b.0', 'and then the end'),
  ],
  many: [
    heading(2, 'Output'),
    planned('m.0', 'run `seq 400`'),
    planned('m.1', 'wait 1s'),
    begin('m.0', 'run `seq 400`'),
    lines('m.0', ...many.slice(0, 200)),
    ...many.slice(200).map((line) => lines('m.0', line)),
    300,
    done('m.0', '`seq 400` done'),
    begin('m.1', 'wait 1s'),
    300,
    done('m.1', 'waited 1s'),
  ],
  /** Long enough to be broken differently at every width. */
  wide: [
    heading(7, 'Recovery'),
    planned('w.0', 'recover every live fault, last in first out'),
    begin('w.0', 'recover every live fault, last in first out'),
    begin(
      'w.0.f1',
      'Recovering f1: kill operator-tikv-1, and every other instance that it took down with it on its way',
    ),
    lines(
      'w.0.f1',
      'a line that is about as long as the usual terminal of eighty columns is wide',
      '  | and one more of these',
    ),
    3000,
    tick(
      'w.0.f1',
      'waiting for the workload: throughput at 87 % of the baseline, errors at 3 % of all operations',
    ),
    3000,
    done('w.0.f1', 'operator-tikv-1 started, healthy (f1 recovered in 1.3s)'),
    done('w.0', 'recovered f1'),
  ],
  narrated: [
    heading(
      1,
      'Welcome',
      `${'This is the first of two paragraphs, and it is longer than a line should be. '.repeat(3)}\n\nThis is the second.\n`,
    ),
    planned('n.0', 'wait'),
    done(
      'n.0',
      'waited for longer than anybody could have thought when this sentence was begun, and then for a while after that',
    ),
  ],
  /** Words from outside: of a story, of labels, of logs, of a look. */
  hostile: [
    heading(
      1,
      'T\u001b[31mitle\u001b[2J',
      'narration\u001b]0;owned\u0007 with \u202eevil\u202c order\r\nand a second line',
    ),
    step(
      ['h', 0],
      'planned',
      action({ do: 'run', timeout_ms: 1, command: { shell: 'x\u001b[5;5H\ny' } }),
    ),
    step(['h', 0], 'running', {
      do: 'action',
      action: { ...health, probe: { ...health.probe, name: 'name\r\u001b[Awith\u0008' } },
      now: { now: 'looking', text: 'a \u001b[?1049hlook' },
    }),
    shows(['h', 0], {
      about: 'output',
      lines: ['log \u001b[31mred\u001b[0m\u009b2J line', 'tab\tand\u0000nul', 'a\nb'],
    }),
    step(['h', 0], 'done', action(health), {
      found: { found: 'probe', probe: 'p\u001bc', text: 'done \u001b[!p' },
    }),
  ],
} satisfies Record<string, Beat[]>;
