/** The eight chapters of a drafted story, told with the names of the stack. Pure. */
import type { DraftFacts, DraftWords } from './draft-text.ts';
import type { DraftLoad } from './draft-workload.ts';
import { indent, listed, plain, prose, remark } from './draft-yaml.ts';

export function chapterLines(facts: DraftFacts): string[] {
  const { victim, protect, recover } = facts;
  const { service, phrase } = victim;
  const { words } = facts.stack;
  const kept =
    protect.length > 0 ? [`Nothing touches ${listed(protect.map((each) => each.service))}.`] : [];
  return [
    'chapters:',
    ...chapter('Welcome', [
      `Welcome to a game day with ${facts.title}. ${upper(phrase)} will be killed on purpose.`,
      `${standing(facts)} What do we expect our users to notice?`,
      ...kept,
    ]),
    ...chapter(
      'Cluster Health',
      ['Before anything is broken: every instance, with its state and its health.'],
      health(facts),
    ),
    ...chapter(
      'Load Generation',
      [...aboutLoad(facts.load)],
      [
        '- workload: start',
        `- wait: 5s${facts.load.kind === 'simulated' ? '' : '  # what is measured now is the baseline'}`,
      ],
    ),
    ...chapter(
      'Fault Injection',
      [
        `${upper(phrase)} ${words.killed} when the countdown reaches zero. Ctrl-C cancels it, and nothing is changed.`,
      ],
      [
        ...remark(`Why ${service}: ${victim.why}`, 0, 6),
        ...(victim.names.length > 1
          ? remark(
              'A program of yours can choose, such as the leader: write `pick: { command: [./leader.sh] }` in place of `service`.',
              0,
              6,
            )
          : []),
        ...remark(
          `Other kinds: ${words.kinds}. After its duration the watchdog ends it by itself, also where nobody is there to recover it.`,
          0,
          6,
        ),
        `- inject: { kind: kill, service: ${plain(service)}, pick: random, countdown: 3s, duration: 10m }`,
      ],
      ['blocks_advance: true'],
    ),
    ...chapter(
      'Detection',
      [
        'Did anything notice? We watch the engine, the health checks and the workload, and read the time from the fault.',
      ],
      ['- detect: 10s'],
    ),
    ...chapter(
      'Diagnosis',
      [
        'The evidence: its state, its exit code, whether memory ran out, its restarts, its last log lines, and the impact on the load.',
      ],
      ['- diagnose: true'],
    ),
    ...chapter(
      'Recovery',
      [`${words.comesBack} has ${recover.withinMs / 1000} seconds to be well${words.again}.`],
      ['- recover: all'],
      ['auto_advance: true'],
    ),
    ...chapter('Demo Complete', [
      `${upper(phrase)} was killed, and the stack is whole again.`,
      'What did we expect, what came, and what do we change?',
    ]),
  ];
}

function chapter(
  title: string,
  narration: string[],
  actions: string[] = [],
  traits: string[] = [],
): string[] {
  const lines = [
    'narration: |',
    ...prose(narration, 2, 4),
    ...(actions.length > 0 ? ['on_enter:', ...indent(actions, 2)] : []),
    ...traits,
  ];
  return [`  - title: ${plain(title)}`, ...indent(lines, 4)];
}

/** Where the very instance that was killed is started again. */
export const STARTED_AGAIN: DraftWords = {
  killed: 'gets SIGKILL',
  kinds: 'stop, pause, crash',
  comesBack: 'Exactly the instance that was killed comes back. It',
  again: ' again',
  alone: 'nothing takes its place',
};

function standing({ victim, stack }: DraftFacts): string {
  const { service, names, instances } = victim;
  if (names.length > 1) return `${listed(names)} make one cluster of ${instances}.`;
  return instances > 1
    ? `${service} has ${instances} instances.`
    : `${service} has one instance, and ${stack.words.alone}.`;
}

/** Jobs have ended by now, and nothing that has ended is well. */
function health({ jobs, lasting }: DraftFacts): string[] {
  if (jobs.length === 0) return ['- probe: { container: all, retry_for: 30s }'];
  const [run, end] = jobs.length > 1 ? ['run', 'end'] : ['runs', 'ends'];
  return [
    ...remark(`${listed(jobs)} ${run} once and ${end}, so the others are looked at by name.`, 0, 6),
    ...lasting.map((name) => `- probe: { container: ${plain(name)}, retry_for: 30s }`),
  ];
}

function aboutLoad(load: DraftLoad): string[] {
  if (load.kind === 'simulated')
    return [
      'The load begins. It is simulated: a curve for the eye. No request is sent, and nothing is measured.',
    ];
  return [`The load begins, on ${placeOf(load)}. What it feels now is what we compare with later.`];
}

/** Without userinfo and query. */
function placeOf(load: Exclude<DraftLoad, { kind: 'simulated' }>): string {
  if (load.kind === 'tcp') return `${load.host}:${load.port}`;
  const [first = '', ...more] = load.kind === 'redis' ? [load.url] : load.urls;
  const { protocol, host, pathname } = new URL(first);
  return `${protocol}//${host}${pathname}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

function upper(phrase: string): string {
  return phrase.startsWith('one ') ? `O${phrase.slice(1)}` : phrase;
}
