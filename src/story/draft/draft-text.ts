/**
 * A drafted story as the text of a file: YAML with a comment at every guess, since the reader knows the stack better.
 * Pure. Lacks on purpose: any guess of its own.
 */

import type { ProcessService } from '../story.ts';
import { chapterLines } from './draft-chapters.ts';
import type { Protected } from './draft-victim.ts';
import type { DraftLoad } from './draft-workload.ts';
import { flow, indent, plain, remark } from './draft-yaml.ts';

export type DraftService = Pick<ProcessService, 'command' | 'replicas' | 'port' | 'health'>;

/** What the first fault does there, and what its recovery means: parts of sentences. */
export interface DraftWords {
  /** After the name of the service. */
  killed: string;
  /** Other kinds, as a list. */
  kinds: string;
  /** Ends with the subject of `has 30 seconds to be well`, which `again` follows. */
  comesBack: string;
  again: string;
  /** Of a service that has one instance. */
  alone: string;
}

/** A stack that runs on a cluster, as the story names it. */
export interface ClusterStack {
  /** As `engine:` has it. */
  engine: string;
  /** The keys of the engine's block; null: left out. */
  named: Record<string, string | null>;
  words: DraftWords;
}

export interface DraftStack {
  /** As `engine:` has it. */
  engine: string;
  words: DraftWords;
  /** Of the story, after `engine:`: what says which stack it is. */
  lines: string[];
}

export interface DraftFacts {
  /** The story's name in the file. */
  name: string;
  /** What the game day is held with, for the audience. */
  title: string;
  /** Where all this comes from: `compose.yaml`, `Procfile`; null: from nowhere, it is an example. */
  source: string | null;
  /** Where editors find the JSON Schema, from the story's folder; null: no modeline. */
  schema: string | null;
  /** How a command is typed here: `gameday story check` of `story:check`. */
  spell: (id: string) => string;
  stack: DraftStack;
  /** `names`: the cluster it is one of. `phrase`: what is killed, in a sentence. `instances`: of all of them together. */
  victim: { service: string; names: string[]; instances: number; phrase: string; why: string };
  load: DraftLoad;
  protect: Protected[];
  /** Services that run once and end. */
  jobs: string[];
  /** The others. */
  lasting: string[];
  recover: { withinMs: number; why: string | null };
}

/** Gentle: a first game day is no load test. */
const RATE = '  rate: 50/s  # gentle on purpose; raise it towards what your users do';

/** The other way, for whoever has clients that do it. */
const BALANCE =
  '  balance: round_robin  # or failover: one of them until it fails, as a client with several addresses has it';

export function renderDraft(facts: DraftFacts): string {
  const { schema, source, spell } = facts;
  const from = source === null ? 'An example' : `Drafted from ${source}`;
  const lines = [
    ...(schema === null ? [] : [`# yaml-language-server: $schema=${schema}`]),
    ...remark(
      `${from}, by \`${spell('story:init')}\`. Each guess says why it was made; you know better.`,
    ),
    ...remark(
      `Look before you play: \`${spell('story:check')}\`, then \`${spell('chapter:next')} --dry-run\`.`,
    ),
    `name: ${plain(facts.name)}`,
    `engine: ${facts.stack.engine}`,
    ...facts.stack.lines,
    ...protectLines(facts.protect),
    '',
    ...remark(`The load: ${facts.load.why}`),
    ...loadLines(facts.load),
    '',
    ...steadyLines(facts),
    '',
    ...chapterLines(facts),
  ];
  return `${lines.join('\n')}\n`;
}

/** A stack that Docker Compose knows; empty where it finds the same by itself. */
export function composeLines(
  files: readonly string[],
  project: string | null,
  profiles: readonly string[],
): string[] {
  const keys = [
    ...(files.length > 0 ? [`files: ${flow(files)}`] : []),
    ...(project === null ? [] : [`project: ${plain(project)}`]),
    ...(profiles.length > 0 ? [`profiles: ${flow(profiles)}`] : []),
  ];
  return keys.length > 0 ? [`compose: { ${keys.join(', ')} }`] : [];
}

/** A stack that runs on a cluster. */
export function clusterLines({ engine, named }: ClusterStack): string[] {
  const keys = Object.entries(named).flatMap(([key, name]) =>
    name === null ? [] : [`${key}: ${plain(name)}`],
  );
  return [`${engine}: { ${keys.join(', ')} }`];
}

/** A stack that stands in the story itself. */
export function servicesLines(services: Record<string, DraftService>, why: string): string[] {
  const lines = Object.entries(services).flatMap(([name, service]) => [
    `${plain(name)}:`,
    ...indent(serviceLines(service), 2),
  ]);
  return ['', ...remark(why), 'services:', ...indent(lines, 2)];
}

function serviceLines({ command, replicas, port, health }: DraftService): string[] {
  return [
    ...commandLines(command),
    ...(replicas > 1 ? [`replicas: ${replicas}`] : []),
    ...(port === null
      ? []
      : [`port: ${port}${replicas > 1 ? '  # of the first; the next ones count up' : ''}`]),
    ...(health === null
      ? []
      : [`health: ${'http' in health ? `{ http: ${plain(health.http)} }` : '{ tcp: true }'}`]),
  ];
}

/** Arguments of several lines stand under each other, so that they can be read. */
function commandLines(command: readonly string[]): string[] {
  if (!command.some((word) => word.includes('\n'))) return [`command: ${flow(command)}`];
  const words = command.flatMap((word) =>
    word.includes('\n') ? ['- |', ...indent(word.trimEnd().split('\n'), 2)] : [`- ${plain(word)}`],
  );
  return ['command:', ...indent(words, 2)];
}

function protectLines(protect: readonly Protected[]): string[] {
  if (protect.length === 0) return [];
  const width = Math.max(...protect.map(({ service }) => plain(service).length));
  const lines = protect.map(({ service, why }) => `- ${plain(service).padEnd(width)}  # ${why}`);
  return ['', ...remark('Never a target, whoever asks for it.'), 'protect:', ...indent(lines, 2)];
}

function loadLines(load: DraftLoad): string[] {
  const lines = ['workload:', `  kind: ${load.kind}`];
  switch (load.kind) {
    case 'http': {
      const [url = '', ...more] = load.urls;
      const where =
        more.length === 0
          ? [`  url: ${plain(url)}`]
          : ['  urls:', ...load.urls.map((each) => `    - ${plain(each)}`), BALANCE];
      return [
        ...lines,
        ...where,
        ...(load.host === null ? [] : [`  headers: { Host: ${plain(load.host)} }`]),
        RATE,
      ];
    }
    case 'redis':
      return [
        ...lines,
        `  url: ${plain(load.url)}`,
        '  command: [INCR, gameday]  # a real write, to a key of its own',
        RATE,
      ];
    case 'tcp':
      return [...lines, `  host: ${plain(load.host)}`, `  port: ${load.port}`, RATE];
    case 'simulated':
      return [...lines, '  baseline: 10000'];
  }
}

function steadyLines({ load, recover, victim }: DraftFacts): string[] {
  const within = [
    ...(recover.why === null ? [] : remark(recover.why, 2)),
    `  - recover_within: ${recover.withinMs / 1000}s`,
  ];
  // Of a simulated load nothing can be said.
  if (load.kind === 'simulated') return ['steady_state:', ...within];
  const entryPoints = load.kind === 'http' ? load.urls.length : 1;
  const { throughput, errors, why } = expectations(entryPoints, victim);
  return [
    ...remark(
      `What says that the stack is well. The hypothesis: it holds while one instance is away. ${why}`,
    ),
    'steady_state:',
    `  - throughput: ">= ${throughput}% of baseline"`,
    `  - errors: "<= ${errors}%"`,
    ...within,
  ];
}

/** Of several doors that are asked in turn, one is away with its instance. In percent. */
function expectations(
  entryPoints: number,
  victim: DraftFacts['victim'],
): { throughput: number; errors: number; why: string } {
  const lost = Math.ceil(100 / entryPoints);
  if (entryPoints > 1) {
    return {
      throughput: Math.min(50, 90 - lost),
      errors: lost + 5,
      why: `One of the ${entryPoints} doors is away with it, so up to ${lost}% of the requests may fail.`,
    };
  }
  const why =
    victim.instances > 1
      ? ''
      : `With one instance of ${victim.service} it will not hold, and that is worth seeing once.`;
  return { throughput: 50, errors: 1, why };
}
