/**
 * A drafted story as the text of a file: YAML with a comment at every guess, since the reader knows the stack better.
 * Pure. Lacks on purpose: any guess of its own.
 */
import type { DraftLoad } from './draft-workload.ts';
import type { Protected } from './draft-victim.ts';
import type { ProcessService } from './story.ts';

export interface DraftFacts {
  /** Of the story. */
  name: string;
  /** Where the stack was read from: `compose.yaml`. */
  source: string;
  /** For editors: where the JSON Schema is, from the story's folder; null: no modeline. */
  schema: string | null;
  /** How commands are typed here: `gameday story check`. */
  spell: (id: string) => string;
  stack: { engine: 'compose'; files: string[]; project: string | null; profiles: string[] } | { engine: 'process'; services: Record<string, DraftService>; why: string };
  /** The service the fault names, and what it is one of. */
  victim: { service: string; names: string[]; instances: number; why: string };
  load: DraftLoad;
  protect: Protected[];
  /** Services that run once; the health chapter leaves them out. */
  jobs: string[];
  /** Those that the health chapter looks at, if not all. */
  lasting: string[];
  recover: { withinMs: number; why: string | null };
}

export type DraftService = Pick<ProcessService, 'command' | 'replicas' | 'port' | 'health'>;

const WIDTH = 110;
/** Gentle: a first game day must not be a load test. */
const RATE = '50/s';

export function renderDraft(facts: DraftFacts): string {
  const { schema, source, spell } = facts;
  const head = [
    ...(schema === null ? [] : [`# yaml-language-server: $schema=${schema}`]),
    ...remark(`Drafted from ${source} by \`${spell('story init')}\`. Each guess has a comment that says why; you know the stack better. Look before you play: \`${spell('story check')}\`, then \`${spell('chapter next')} --dry-run\`.`),
    `name: ${plain(facts.name)}`,
  ];
  return `${[...head, ...stackLines(facts), ...protectLines(facts), ...loadLines(facts), ...steadyLines(facts), 'chapters:', ...chapterLines(facts)].join('\n')}\n`;
}

function stackLines({ stack }: DraftFacts): string[] {
  if (stack.engine === 'compose') {
    const { files, project, profiles } = stack;
    const keys = [
      ...(files.length > 0 ? [`files: ${flow(files)}`] : []),
      ...(project === null ? [] : [`project: ${plain(project)}`]),
      ...(profiles.length > 0 ? [`profiles: ${flow(profiles)}`] : []),
    ];
    return ['engine: compose', ...(keys.length > 0 ? [`compose: { ${keys.join(', ')} }`] : [])];
  }
  const services = Object.entries(stack.services).flatMap(([name, { command, replicas, port, health }]) => [
    `  ${plain(name)}:`,
    ...commandLines(command),
    ...(replicas > 1 ? [`    replicas: ${replicas}`] : []),
    ...(port === null ? [] : [`    port: ${port}`]),
    ...(health === null ? [] : [`    health: ${'http' in health ? `{ http: ${plain(health.http)} }` : '{ tcp: true }'}`]),
  ]);
  return ['', ...remark(stack.why), 'engine: process', 'services:', ...services];
}

/** Arguments of several lines stand under each other, so that they can be read. */
function commandLines(command: readonly string[]): string[] {
  if (!command.some((word) => word.includes('\n'))) return [`    command: ${flow(command)}`];
  const words = command.flatMap((word) => (word.includes('\n') ? ['      - |', ...indent(word.trimEnd().split('\n'), 8)] : [`      - ${plain(word)}`]));
  return ['    command:', ...words];
}

function protectLines({ protect }: DraftFacts): string[] {
  if (protect.length === 0) return [];
  const width = Math.max(...protect.map(({ service }) => plain(service).length));
  return ['', ...remark('Never a target, whoever asks for it.'), 'protect:', ...protect.map(({ service, why }) => `  - ${plain(service).padEnd(width)}  # ${why}`)];
}

function loadLines({ load }: DraftFacts): string[] {
  const lines = ['', ...remark(`The load: ${load.why}`), 'workload:', `  kind: ${load.kind}`];
  const rate = [`  rate: ${RATE}  # gentle on purpose; raise it towards what your users do`];
  switch (load.kind) {
    case 'http': {
      const [url = ''] = load.urls;
      const where = load.urls.length === 1 ? [`  url: ${plain(url)}`] : ['  urls:', ...load.urls.map((each) => `    - ${plain(each)}`)];
      return [...lines, ...where, ...(load.host === null ? [] : [`  headers: { Host: ${plain(load.host)} }`]), ...rate];
    }
    case 'redis':
      return [...lines, `  url: ${plain(load.url)}`, '  command: [INCR, gameday]  # a real write; PING asks for less', ...rate];
    case 'tcp':
      return [...lines, `  host: ${plain(load.host)}`, `  port: ${load.port}`, ...rate];
    case 'simulated':
      return [...lines, '  baseline: 10000'];
  }
}

function steadyLines({ load, recover, victim }: DraftFacts): string[] {
  const within = `  - recover_within: ${recover.withinMs / 1000}s`;
  const why = recover.why === null ? [] : remark(recover.why, 2);
  if (load.kind === 'simulated') return ['', 'steady_state:', ...why, within];
  const alone = victim.instances === 1 ? ' With one instance of it nothing will: that is worth seeing once.' : '';
  return [
    '',
    ...remark(`What says that the stack is well, and the hypothesis: losing one instance of ${victim.names.length > 1 ? 'them' : victim.service} does not break it.${alone}`),
    'steady_state:',
    '  - throughput: ">= 50% of baseline"',
    '  - errors: "<= 1%"',
    ...why,
    within,
  ];
}

function chapterLines(facts: DraftFacts): string[] {
  const { victim, load, protect, jobs, lasting, recover } = facts;
  const { service } = victim;
  const several = victim.names.length > 1 ? `${listedNames(victim.names)}: ${victim.instances} instances, one cluster` : victim.instances > 1 ? `${service}: ${victim.instances} instances` : `${service}: one instance, and nothing in its place`;
  const watched = jobs.length === 0 ? ['all'] : lasting;
  const isSimulated = load.kind === 'simulated';
  return [
    ...chapter('Welcome', [`Today we lose a part of ${facts.name === '' ? 'the stack' : several}.`, ...(protect.length > 0 ? [`Untouched, whatever happens: ${listedNames(protect.map((each) => each.service))}.`] : []), 'What do we expect our users to notice?']),
    ...chapter('Cluster Health', ['Before anything breaks: is every instance well?'], [
      ...(jobs.length > 0 ? remark(`${listedNames(jobs)} ${jobs.length > 1 ? 'run' : 'runs'} once and ${jobs.length > 1 ? 'end' : 'ends'}, so each of the others is looked at by name.`, 6) : []),
      ...watched.map((name) => `      - probe: { container: ${plain(name)}, retry_for: 30s }`),
    ]),
    ...chapter('Load Generation', [isSimulated ? 'A simulated load: a curve for the eye, measured nowhere.' : `Load on ${placeOf(load)}. What it feels now is the baseline for all that follows.`], ['      - workload: start', '      - wait: 5s']),
    ...chapter('Fault Injection', [`In three seconds one instance of ${service} is killed. Ctrl-C cancels it.`], [
      ...remark(`${service}: ${victim.why}`, 6),
      ...(victim.names.length > 1 ? remark('A program of yours can choose the one, such as the leader: `pick: { command: [./leader.sh] }` in place of `service`.', 6) : []),
      ...remark('Other kinds: stop, pause, crash. With `duration: 5m` the watchdog brings it back by itself after that.', 6),
      `      - inject: { kind: kill, service: ${plain(service)}, pick: random, countdown: 3s }`,
    ], 'blocks_advance: true'),
    ...chapter('Detection', ['Who noticed, and after how long?'], ['      - detect: 10s']),
    ...chapter('Diagnosis', ['The evidence: how it ended, its last lines, what the workload felt.'], ['      - diagnose: true']),
    ...chapter('Recovery', [`${service} comes back: exactly the instance that was killed, within ${recover.withinMs / 1000}s.`], ['      - recover: all'], 'auto_advance: true'),
    ...chapter('Demo Complete', ['What did we expect, what came, and what do we change?']),
  ];
}

function chapter(title: string, narration: string[], actions: string[] = [], trait: string | null = null): string[] {
  return [
    `  - title: ${plain(title)}`,
    '    narration: |',
    ...indent(narration.flatMap((line) => wrap(line, WIDTH - 6)), 6),
    ...(actions.length > 0 ? ['    on_enter:', ...actions] : []),
    ...(trait === null ? [] : [`    ${trait}`]),
  ];
}

function placeOf(load: Exclude<DraftLoad, { kind: 'simulated' }>): string {
  if (load.kind === 'tcp') return `${load.host}:${load.port}`;
  const { protocol, host } = new URL(load.kind === 'redis' ? load.url : (load.urls[0] as string));
  const more = load.kind === 'http' && load.urls.length > 1 ? ` and ${load.urls.length - 1} more` : '';
  return `${protocol}//${host}${more}`;
}

function listedNames(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function remark(text: string, at = 0): string[] {
  return wrap(text, WIDTH - at - 2).map((line) => `${' '.repeat(at)}# ${line}`);
}

function indent(lines: string[], at: number): string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(at)}${line}`));
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function flow(words: readonly string[]): string {
  return `[${words.map(plain).join(', ')}]`;
}

/** Words that some YAML takes for a boolean, a null or a number. */
const NOT_A_TEXT = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+.]?\d.*|\.inf|\.nan)$/i;

/** A text as a scalar, in quotes where YAML could take it for something else; JSON's quoted texts are YAML's. */
export function plain(text: string): string {
  const isPlain = /^[A-Za-z0-9_./][\w./-]*(?: [\w.-]+)*$|^[a-z]+:\/\/[\w.:/-]+$/.test(text) && !NOT_A_TEXT.test(text);
  return isPlain ? text : JSON.stringify(text);
}
