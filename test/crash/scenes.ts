/** The transitions that are killed in each of their states: what is so before each time, the command, and what has to be so after it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { servedExit } from '../commands/served.ts';
import { type CrashStack, chapterOf, goTo, runOf } from './stack.ts';

export interface Scene {
  name: string;
  /** Before each time the command is killed. */
  prepare(stack: CrashStack): Promise<unknown>;
  command: string[];
  /** The instance that the command may break or bring back. */
  target: string | null;
  env?: NodeJS.ProcessEnv;
  /** The stack is gameday's own and is neither up nor down meanwhile. */
  startsOrStops?: true;
  /** A restart policy brings the target back, or the instances of the process engine go down side by side. */
  movesByItself?: true;
  /** What it does can be seen by a look into the target alone: in the rules of its network, its processes, its volume. */
  inside?: true;
  /** It is done, and undone, in more than one request to the engine: what is down in between is told as what it is then. */
  inParts?: true;
  /** Dies at the last boundary of each state as well, which shows that it is the same state. */
  alsoLast?: true;
  /** Dies in those states alone in which something was recorded, made or asked for: those before it are the same for every kind. */
  fromDeed?: true;
  /** What it breaks is no stack's own, so that one stack at a time is tried. */
  ofCluster?: true;
}

const inject = (kind: string, params: string[], target: string) => [
  'fault',
  'inject',
  kind,
  target,
  ...params,
  '--countdown',
  '0',
];

const injected =
  (kind: string, params: string[] = [], target = 'web-2') =>
  async (stack: CrashStack) => {
    await goTo(stack, 1);
    await servedExit(0, inject(kind, params, target), { cwd: stack.cwd, env: stack.env });
  };
const at = (chapter: number) => (stack: CrashStack) => goTo(stack, chapter);

const injecting = (kind: string, params: string[] = [], target = 'web-2'): Scene => ({
  name: `fault inject ${kind}`,
  prepare: at(1),
  command: inject(kind, params, target),
  target,
});
const recovering = (kind: string, params: string[] = [], target = 'web-2'): Scene => ({
  name: `fault recover of a ${kind}`,
  prepare: injected(kind, params, target),
  command: ['fault', 'recover'],
  target,
});

/** One fault more, on another target: the one that the chapter did is then neither the first nor the last of them. */
async function inFault(stack: CrashStack): Promise<void> {
  if (chapterOf(stack) >= 2) await goTo(stack, 1);
  await goTo(stack, 2);
}

export const FAULTS: Scene[] = [
  { ...injecting('kill'), env: { GAMEDAY_KILL_BY_PRODUCTS: '1' }, alsoLast: true },
  injecting('stop'),
  injecting('pause'),
  { ...injecting('crash'), movesByItself: true },
  recovering('kill'),
  recovering('pause'),
];

/** Abilities of the Compose engine alone: limits, and rules on the network, which helpers beside the target set. */
export const ABILITIES: Scene[] = [
  injecting('cpu', ['--cores', '0.5']),
  recovering('cpu', ['--cores', '0.5']),
  { ...injecting('partition', ['--from', 'keeper']), inside: true },
  { ...recovering('rate', ['--limit', '1mbit']), inside: true },
];

/** What runs beside local processes. */
export const BESIDE: Scene[] = [
  { ...injecting('cpu', ['--cores', '0.1', '--how', 'stress']), inside: true },
  { ...recovering('memory', ['--size', '80mb', '--how', 'fill']), inside: true },
];

/** What the proxy before local processes does. */
export const PROXIED: Scene[] = [
  { ...injecting('delay', ['--time', '100ms']), inside: true },
  { ...recovering('reset'), inside: true },
];

/** The processes of a container, and the container itself; this and the next three are of the Compose engine alone. */
export const CONTAINERS: Scene[] = [
  { ...injecting('process', ['--name', 'sleep']), inside: true },
  { ...recovering('process', ['--name', 'sleep']), inside: true },
  { ...injecting('remove'), inParts: true },
  { ...recovering('remove'), inParts: true },
];

/** What is in a container's volume. */
export const VOLUMES: Scene[] = [
  { ...injecting('disk', ['--path', '/data', '--leave', '5%'], 'keeper-1'), inside: true },
  { ...recovering('disk', ['--path', '/data', '--leave', '5%'], 'keeper-1'), inside: true },
  { ...injecting('files', ['--path', '/data/file'], 'keeper-1'), inside: true },
  {
    ...recovering('files', ['--path', '/data/file', '--how', 'readonly'], 'keeper-1'),
    inside: true,
  },
];

/** Loads inside a container. */
export const LOADS: Scene[] = [
  { ...injecting('cpu', ['--cores', '0.1', '--how', 'stress']), inside: true },
  { ...recovering('memory', ['--size', '8mb', '--how', 'fill']), inside: true },
];

/** The proxy beside a container. */
export const HTTP: Scene[] = [
  { ...injecting('http', ['--status', '503', '--share', '50%']), inside: true },
  { ...recovering('http', ['--delay', '100ms']), inside: true },
];

/** Of the Swarm engine: what ends is replaced, and a manager changes nodes and services by its own word. */
export const SWARM: Scene[] = [
  moving(injecting('kill')),
  ...[
    moving(recovering('kill')),
    injecting('pause'),
    recovering('pause'),
    { ...injecting('partition', ['--from', 'keeper']), inside: true as const },
    injecting('scale', ['--to', '1'], 'web'),
    moving(recovering('scale', ['--to', '1'], 'web')),
    ofCluster(injecting('drain', [], 'node-2')),
    ofCluster(recovering('drain', [], 'node-2')),
  ].map((scene): Scene => ({ ...scene, fromDeed: true })),
];

/** Of the Kubernetes engine: a pod is never the same one again, and the API server changes nodes and workloads by its own word. */
export const KUBERNETES: Scene[] = [
  moving(injecting('kill')),
  ...[
    moving(recovering('kill')),
    moving(injecting('stop')),
    moving(injecting('evict', ['--overrule', 'last_healthy'], 'keeper-1')),
    injecting('scale', ['--to', '1'], 'web'),
    moving(recovering('scale', ['--to', '1'], 'web')),
    ofCluster(injecting('cordon', [], 'node-2')),
    ofCluster(injecting('drain', [], 'node-2')),
    ofCluster(recovering('drain', [], 'node-2')),
  ].map((scene): Scene => ({ ...scene, fromDeed: true })),
];

function moving(scene: Scene): Scene {
  return { ...scene, movesByItself: true };
}

function ofCluster(scene: Scene): Scene {
  return { ...moving(scene), ofCluster: true };
}

/** Stopped and started by one command, and everything at once by one. */
export const WHOLE: Scene[] = [
  { ...injecting('restart'), movesByItself: true },
  {
    name: 'fault halt',
    prepare: async (stack) => {
      await servedExit(0, ['fault', 'resume'], { cwd: stack.cwd, env: stack.env });
      await injected('kill')(stack);
    },
    command: ['fault', 'halt'],
    target: 'web-2',
  },
];

export const CHAPTERS: Scene[] = [
  {
    name: 'chapter next with a fault',
    prepare: at(1),
    command: ['chapter', 'next'],
    target: 'web-2',
  },
  {
    name: 'chapter next with a recovery',
    prepare: inFault,
    command: ['chapter', 'next'],
    target: 'web-2',
  },
  { name: 'chapter retry', prepare: inFault, command: ['chapter', 'retry'], target: 'web-2' },
  { name: 'chapter back', prepare: inFault, command: ['chapter', 'back'], target: 'web-2' },
  { name: 'chapter next with a load', prepare: at(3), command: ['chapter', 'next'], target: null },
  { name: 'workload start', prepare: at(1), command: ['workload', 'start'], target: null },
  {
    name: 'workload stop',
    prepare: async (stack) => {
      await goTo(stack, 1);
      await servedExit(0, ['workload', 'start'], stack);
    },
    command: ['workload', 'stop'],
    target: null,
  },
  {
    name: 'chapter reset with a fault',
    prepare: inFault,
    command: ['chapter', 'reset'],
    target: 'web-2',
    movesByItself: true,
  },
];

/** Of the process engine alone, whose stack is gameday's own: up with the first command, down with the end (and with a reset; see above). */
export const STACK: Scene[] = [
  {
    name: 'the first command, which starts the stack',
    prepare: async (stack) => {
      if (runOf(stack)) await servedExit(0, ['chapter', 'reset'], stack);
      rmSync(join(stack.cwd, '.gameday'), { recursive: true, force: true });
    },
    command: ['chapter', 'next'],
    target: null,
    startsOrStops: true,
  },
  {
    name: 'the last chapter, which stops the stack',
    prepare: at(1),
    command: ['chapter', 'next'],
    target: null,
    startsOrStops: true,
  },
];
