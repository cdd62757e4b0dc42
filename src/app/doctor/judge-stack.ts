/** The machine, the story, and the engine with its stack, as findings. Pure. */

import type { DockerFacts } from '../../engine/compose/docker-exam.ts';
import { type DoctorLine, ok, problem, refused, warning } from '../../terms/doctor-line.ts';
import { formatDuration } from '../../terms/duration.ts';
import type { EngineFacts, MachineFacts, StackFacts, StoryFacts } from './facts.ts';

/** Clocks that differ by more make it hard to lay the engine's log beside the journal. */
const SKEW_MS = 1000;
const LEAST_NODE: [number, number] = [22, 13];

export function findOnMachine({ node, platform, terminal }: MachineFacts): DoctorLine[] {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  const text = `Node.js ${node} on ${platform}`;
  return [
    isOld
      ? problem(
          'node',
          'old_node',
          `${text}; gameday needs ${LEAST_NODE.join('.')}.`,
          'Install a newer Node.js.',
        )
      : ok('node', text),
    ok('terminal', terminalWords(terminal)),
  ];
}

function terminalWords({ stdin, stdout, stderr, no_color, ci }: MachineFacts['terminal']): string {
  const asks = stdin && stderr && !ci ? 'questions can be asked' : 'nothing is asked';
  const why = [
    ...(ci ? ['CI is set'] : []),
    ...(stdin ? [] : ['stdin is no terminal']),
    ...(stderr ? [] : ['stderr is no terminal']),
  ];
  const colour =
    stderr && !no_color && !ci
      ? 'progress in colour'
      : `progress without colour${no_color ? ' (NO_COLOR is set)' : ''}`;
  return `${colour}; ${asks}${why.length > 0 ? ` (${why.join(', ')})` : ''}${stdout ? '' : '; stdout goes into a file or a pipe'}`;
}

export function findInStory({ path, name, error, note }: StoryFacts): DoctorLine[] {
  if (error) {
    const [first] = error.problems ?? [];
    const place = first ? ` The first: line ${first.line}, ${first.message}.` : '';
    return [problem('story', error.code, `${error.message}${place}`, error.next)];
  }
  if (note !== null)
    return [warning('story', note, 'Correct the story before the run goes on: `story check`')];
  if (path === null)
    return [
      ok(
        'story',
        `no gameday.yaml here or above, so it is the default story "${name}"`,
        'story init',
      ),
    ];
  return [ok('story', `${path} ("${name}") has no problem`)];
}

export function findInEngine(look: EngineFacts): DoctorLine[] {
  const engine =
    look.kind === 'process'
      ? processEngine()
      : look.error
        ? [refused('engine', look.error)]
        : dockerEngine(look);
  const stack = look.stack_error
    ? [refused('stack', look.stack_error)]
    : look.stack
      ? [findInStack(look.kind, look.stack)]
      : [];
  return [...engine, ...stack];
}

function processEngine(): DoctorLine[] {
  const what = 'processes of this machine, which gameday itself starts and stops';
  return [
    ok('engine', `${what}; \`crash\` is a SIGKILL, and restart policies act`),
    ok('clock', "the engine's clock agrees with this machine"),
  ];
}

function dockerEngine({ docker, compose }: EngineFacts): DoctorLine[] {
  if (!docker) return [];
  const { engine, api, address, source, local, rootless, system } = docker;
  const traits = [
    `API ${api}`,
    rootless ? 'rootless' : null,
    local ? null : 'on another machine',
    system,
  ]
    .filter(Boolean)
    .join(', ');
  const text = `${engine} (${traits}) at ${address}, named by ${source}`;
  const remote = 'Faults hit that machine; the network in between counts as part of the stack.';
  return [
    local ? ok('engine', text) : warning('engine', text, remote),
    clock(docker),
    compose !== null
      ? ok('compose', `Docker Compose ${compose}`)
      : warning(
          'compose',
          'Docker Compose is not at hand; faults need none, `story init` reads the files as they stand.',
          'docker compose version',
        ),
  ];
}

function clock({ skew_ms, asked_ms }: DockerFacts): DoctorLine {
  if (skew_ms === null)
    return warning(
      'clock',
      'The engine does not tell its clock, so it is taken for ours.',
      'docker info',
    );
  const offMs = Math.abs(skew_ms);
  if (offMs <= SKEW_MS + asked_ms / 2)
    return ok(
      'clock',
      `the engine's clock agrees with this machine, within ${formatDuration(Math.max(1, Math.ceil(offMs + asked_ms / 2)))}`,
    );
  const text = `The engine's clock is ${formatDuration(offMs)} ${skew_ms > 0 ? 'ahead of' : 'behind'} ours; gameday allows for it; whoever compares logs must, too.`;
  return warning('clock', text, 'Let both follow a time server (`timedatectl`).');
}

function findInStack(
  kind: EngineFacts['kind'],
  { project, instances, running, within_reach }: StackFacts,
): DoctorLine {
  if (kind === 'process') {
    if (instances === 0)
      return ok(
        'stack',
        `${project} is down; its services start with the first chapter, workload or fault`,
        'chapter next',
      );
    return ok(
      'stack',
      `${project}: ${running} of ${instances} ${instances === 1 ? 'instance is' : 'instances are'} running`,
    );
  }
  if (running === 0) {
    const text =
      instances === 0
        ? `No container of the project ${project} exists.`
        : `None of the containers of ${project} (${instances}) is running.`;
    return problem('stack', 'stack_down', text, 'docker compose up -d');
  }
  const crash = within_reach
    ? '`crash` signals their processes itself'
    : "`crash` needs a short-lived container of the target's own image, which must have a shell";
  return ok(
    'stack',
    `${project}: ${running} of ${instances} ${instances === 1 ? 'instance is' : 'instances are'} running; ${crash}`,
  );
}
