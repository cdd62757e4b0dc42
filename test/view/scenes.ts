/** Streams of events as `stage` tells them, for the views to show: words and step names are those of src/stage. */
import type { Progress } from '../../src/run/progress.ts';

/** An event, or a pause of so many milliseconds. */
export type Beat = Progress | number;

export const steps = (...pairs: [step: string, text: string][]): Progress => ({
  type: 'steps',
  steps: pairs.map(([step, text]) => ({ step, text })),
});
export const begin = (step: string, text: string): Progress => ({ type: 'step.begin', step, text });
export const tick = (step: string, text: string): Progress => ({ type: 'step.tick', step, text });
export const done = (step: string, text: string): Progress => ({ type: 'step.done', step, text });
export const failed = (step: string, text: string): Progress => ({
  type: 'step.failed',
  step,
  text,
});
export const skipped = (step: string, text: string): Progress => ({
  type: 'step.skipped',
  step,
  text,
});
export const lines = (step: string | null, ...texts: string[]): Progress => ({
  type: 'lines',
  step,
  lines: texts,
});
export const heading = (number: number, title: string, narration = '', of = 8): Progress => ({
  type: 'heading',
  index: number - 1,
  of,
  title,
  narration,
});

/** The default story, eight chapters. */
const story: Beat[] = [
  begin('stack', 'Starting the services of shop'),
  200,
  done('stack', 'The services of shop are up'),
  heading(
    1,
    'Welcome',
    'Three nodes, one quorum. Watch the throughput: it is what the users of this shop feel, and all that they feel.\n',
  ),
  100,
  heading(2, 'Cluster Health', 'Every instance, as the engine sees it.'),
  steps(['cluster-health.0', 'probe instances']),
  begin('cluster-health.0', 'probe instances'),
  150,
  lines(
    'cluster-health.0',
    'api-1    running, healthy  (shop-api-1)',
    'api-2    running, healthy  (shop-api-2)',
    'redis-1  running  (operator-redis-redis-1)',
  ),
  done('cluster-health.0', 'instances: 3 of 3 instance(s) run and are well'),
  100,
  heading(3, 'Load Generation', 'From here on the shop is busy.'),
  steps(['load-generation.0', 'start the workload']),
  begin('load-generation.0', 'start the workload'),
  300,
  done(
    'load-generation.0',
    'http workload runs: 500 ops/s asked for, 499 ops/s in the first window',
  ),
  100,
  heading(4, 'Fault Injection', 'One instance dies. Nobody is warned.'),
  steps(['fault-injection.0.countdown', 'Countdown'], ['fault-injection.0.deed', 'kill api']),
  begin('fault-injection.0.countdown', 'kill api-2 in 3s (Ctrl-C cancels)'),
  tick('fault-injection.0.countdown', 'Injecting fault in 3...'),
  1000,
  tick('fault-injection.0.countdown', 'Injecting fault in 2...'),
  1000,
  tick('fault-injection.0.countdown', 'Injecting fault in 1...'),
  1000,
  done('fault-injection.0.countdown', 'Countdown over: kill api-2'),
  begin('fault-injection.0.deed', 'killing api-2'),
  120,
  done('fault-injection.0.deed', 'api-2 killed in 12ms (fault f1)'),
  100,
  heading(5, 'Detection', 'Who noticed, and after how long?'),
  steps(['detection.0', 'detect: what noticed the fault, and after how long']),
  begin('detection.0', 'detect: what noticed the fault, and after how long'),
  tick('detection.0', 'watching: 0 noticed so far'),
  300,
  tick('detection.0', 'watching: 1 noticed so far'),
  300,
  lines(
    'detection.0',
    'the engine saw api-2 exit with code 137, 14ms after the fault',
    'the workload noticed, 500ms after the fault',
    'the health check of gateway-1 failed, 2.1s after the fault',
  ),
  done('detection.0', 'the engine saw api-2 exit with code 137, 14ms after the fault'),
  100,
  heading(6, 'Diagnosis', 'The evidence.'),
  steps(['diagnosis.0', 'diagnose: collect the evidence']),
  begin('diagnosis.0', 'diagnose: collect the evidence'),
  150,
  lines(
    'diagnosis.0',
    'api-2 (kill): exited, exit code 137, OOM-killed: no, restarts: 0, health: none',
    '  | GET /orders/4711 200 3ms',
    '  | GET /orders/4712 200 2ms',
  ),
  lines(
    'diagnosis.0',
    'since the fault: 312 operations lost (1.4 %), p99 2.9s for 1.6s, throughput at 62 % of the baseline',
  ),
  lines('diagnosis.0', 'the other 2 instance(s) run'),
  done('diagnosis.0', 'evidence on f1 (api-2)'),
  100,
  heading(7, 'Recovery', 'Exactly the instance that was hit comes back.'),
  steps(['recovery.0', 'recover every live fault, last in first out']),
  begin('recovery.0', 'recover every live fault, last in first out'),
  begin('recovery.0.f1', 'Recovering f1: kill api-2'),
  tick('recovery.0.f1', 'api-2 is exited: start'),
  300,
  tick('recovery.0.f1', 'api-2 is running, health starting: waiting'),
  500,
  tick('recovery.0.f1', 'waiting for the workload: throughput at 87 % of the baseline'),
  400,
  done('recovery.0.f1', 'api-2 started, healthy (f1 recovered in 1.3s)'),
  done('recovery.0', 'recovered f1'),
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
    steps(['x.0.countdown', 'Countdown'], ['x.0.deed', 'kill api']),
    begin('x.0.countdown', 'kill api-2 in 30s (Ctrl-C cancels)'),
    tick('x.0.countdown', 'Injecting fault in 30...'),
    30_000,
  ],
  /** Stops between a step's beginning and its end, with another to come; with a failed one before it in `midwayFailed`. */
  midway: [
    heading(4, 'Fault Injection'),
    steps(['x.0', 'first'], ['x.1', 'second'], ['x.2', 'third']),
    begin('x.0', 'first'),
    begin('x.0.f1', 'part one'),
    100,
  ],
  midwayFailed: [
    steps(['x.0', 'first'], ['x.1', 'second']),
    begin('x.0', 'first'),
    failed('x.0', 'first: no such thing'),
    100,
  ],
  recovery: [
    steps(['recover.f2', 'Recover f2: pause redis-1'], ['recover.f1', 'Recover f1: kill api-2']),
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
    steps(['a.0', 'first'], ['a.1', 'second']),
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
    steps(['m.0', 'run `seq 400`'], ['m.1', 'wait 1s']),
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
    steps(['w.0', 'recover every live fault, last in first out']),
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
    steps(['n.0', 'wait']),
    done(
      'n.0',
      'waited for longer than anybody could have thought when this sentence was begun, and then for a while after that',
    ),
  ],
  hostile: [
    heading(
      1,
      'T\u001b[31mitle\u001b[2J',
      'narration\u001b]0;owned\u0007 with \u202eevil\u202c order\r\nand a second line',
    ),
    steps(['h.0', 'probe \u001b[5;5H\u001b[?1049h"x"\nsecond line']),
    begin('h.0', 'name\r\u001b[Awith\u0008 a carriage return'),
    lines('h.0', 'log \u001b[31mred\u001b[0m\u009b2J line', 'tab\tand\u0000nul', 'a\nb'),
    done('h.0', 'done \u001bc\u001b[!p'),
  ],
} satisfies Record<string, Beat[]>;
