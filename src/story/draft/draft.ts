/**
 * A good first story for a stack: which service is broken, which load feels it, what is protected, told in eight
 * chapters. Pure: from the model of a stack to the text of a file, which the parser takes without a problem.
 */

import { closest } from '../../terms/closest.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { STARTED_AGAIN } from './draft-chapters.ts';
import type { HealthCheck, StackModel } from './draft-stack.ts';
import {
  type ClusterStack,
  clusterLines,
  composeLines,
  type DraftFacts,
  type DraftService,
  type DraftStack,
  renderDraft,
  servicesLines,
} from './draft-text.ts';
import {
  type Candidate,
  candidates,
  chooseProtected,
  chooseVictim,
  type Protected,
  rolesOf,
} from './draft-victim.ts';
import { chooseWorkload, type DraftLoad, workloadOf } from './draft-workload.ts';
import { listed } from './draft-yaml.ts';

/** What is known better than by guessing; null: guess. */
export interface Choices {
  service: string | null;
  url: string | null;
}

export type Frame = Pick<DraftFacts, 'source' | 'schema' | 'spell'>;

export interface Draft {
  text: string;
  name: string;
  /** As `engine:` has it. */
  engine: string;
  service: string;
  workload: DraftLoad;
  protect: Protected[];
}

export interface ComposeSource {
  model: StackModel;
  /** From the story's folder; empty where Docker Compose finds them from there. */
  files: string[];
  /** Null: as Docker Compose names it. */
  project: string | null;
}

/** Throws Refusal `no_target`, `unsupported_stack` or `usage`. */
export function draftCompose(
  { model, files, project }: ComposeSource,
  choices: Choices,
  frame: Frame,
): Draft {
  const lines = composeLines(files, project, model.profiles);
  return draftModel(model, { engine: 'compose', lines, words: STARTED_AGAIN }, choices, frame);
}

/** For what runs on a cluster. `stack`: as the story names it. Throws as `draftCompose` does. */
export function draftCluster(
  model: StackModel,
  stack: ClusterStack,
  choices: Choices,
  frame: Frame,
): Draft {
  const { engine, words } = stack;
  return draftModel(model, { engine, words, lines: clusterLines(stack) }, choices, frame);
}

function draftModel(model: StackModel, stack: DraftStack, choices: Choices, frame: Frame): Draft {
  const victim = chooseVictim(model, choices.service);
  const roles = rolesOf(model);
  const running = model.services.filter(({ replicas }) => replicas > 0).map(({ name }) => name);
  return finish({
    ...frame,
    ...named(victim.service.name),
    title: model.name,
    stack,
    victim: {
      service: victim.service.name,
      names: victim.members.map(({ name }) => name),
      instances: victim.instances,
      phrase: phraseOf(victim.service),
      why: victim.why,
    },
    load: choices.url === null ? chooseWorkload(model, victim) : workloadOf(choices.url),
    protect: chooseProtected(model, victim),
    jobs: running.filter((name) => roles.get(name) === 'job'),
    lasting: running.filter((name) => roles.get(name) !== 'job'),
    recover: recovery(victim),
  });
}

/** Services that can be asked for, best first, with the reason. */
export function offers(model: StackModel): { service: string; why: string }[] {
  return candidates(model).map(({ service, why }) => ({ service: service.name, why }));
}

/** `services`: of a Procfile; null: an example that needs nothing but Node. `folder`: its name. */
export function draftProcess(
  services: Record<string, DraftService> | null,
  folder: string,
  choices: Choices,
  frame: Frame,
): Draft {
  const all = services ?? EXAMPLE;
  const names = Object.keys(all);
  const service = choices.service ?? (names.includes('web') ? 'web' : (names[0] as string));
  const target = Object.hasOwn(all, service) ? all[service] : undefined;
  if (target === undefined) {
    const near = closest(service, names);
    throw new Refusal(
      'no_target',
      `No service is called "${service}"; there are ${listed(names)}.`,
      near ? `Did you mean \`--service ${near}\`?` : 'Choose one of them.',
    );
  }
  const several = target.replicas > 1;
  return finish({
    ...frame,
    ...named(service),
    title: folder,
    stack: {
      engine: 'process',
      words: STARTED_AGAIN,
      lines: servicesLines(all, services === null ? ABOUT_EXAMPLE : ABOUT_PROCFILE),
    },
    victim: {
      service,
      phrase: phraseOf({ name: service, replicas: target.replicas }),
      names: [service],
      instances: target.replicas,
      why: several
        ? `it has ${target.replicas} instances, so the others should carry on without one of them.`
        : 'it has one instance, so nothing takes its place while it is away. Write `replicas: 3` to see the difference.',
    },
    load: choices.url === null ? processLoad(service, target) : workloadOf(choices.url),
    protect: [],
    jobs: [],
    lasting: names,
    recover: { withinMs: LEAST_RECOVERY_MS, why: null },
  });
}

function phraseOf({ name, replicas }: { name: string; replicas: number }): string {
  return replicas > 1 ? `one instance of ${name}` : name;
}

function finish(facts: DraftFacts): Draft {
  const { name, stack, victim, load, protect } = facts;
  return {
    text: renderDraft(facts),
    name,
    engine: stack.engine,
    service: victim.service,
    workload: load,
    protect,
  };
}

/** A story's name has at most 63 characters, and begins with a letter or a digit. */
function named(service: string): { name: string } {
  return { name: `losing-${service}`.slice(0, 63) };
}

const LEAST_RECOVERY_MS = 30_000;
/** State is read back before a store answers. */
const STORE_RECOVERY_MS = 60_000;
const START_MS = 15_000;

/** A health check looks once an interval, so that being well takes as long to be seen. */
function recovery({ service, role }: Candidate): DraftFacts['recover'] {
  const leastMs =
    role === 'store' || role === 'coordinator' ? STORE_RECOVERY_MS : LEAST_RECOVERY_MS;
  const seenMs = service.health === null ? 0 : slowest(service.health);
  if (seenMs <= leastMs) return { withinMs: leastMs, why: null };
  return {
    withinMs: seenMs,
    why: `The health check of ${service.name} looks every ${(service.health as HealthCheck).intervalMs / 1000}s, so it takes that long to see that it is well.`,
  };
}

function slowest({ intervalMs, startPeriodMs }: HealthCheck): number {
  return Math.ceil((2 * intervalMs + startPeriodMs + START_MS) / 5000) * 5000;
}

function processLoad(name: string, { port, replicas }: DraftService): DraftLoad {
  if (port === null || (name !== 'web' && replicas === 1)) {
    return {
      kind: 'simulated',
      why: `whether ${name} listens, and on what, cannot be told from here. Write a workload of kind http, redis or tcp.`,
    };
  }
  const urls = Array.from({ length: replicas }, (_, index) => `http://127.0.0.1:${port + index}/`);
  const why =
    replicas > 1
      ? 'every instance in turn, so that the loss of one is a part of the whole.'
      : `${name} has port ${port} in its environment, as PORT. A health path would be better than /.`;
  return { kind: 'http', urls, host: null, why };
}

const ABOUT_PROCFILE =
  'What the Procfile names: gameday starts it with the first chapter, and ends it with the last one.';
const ABOUT_EXAMPLE =
  'Three small servers that gameday starts and ends by itself, so that this needs no Docker. Put your own programs here.';

const EXAMPLE: Record<string, DraftService> = {
  api: {
    command: [
      'node',
      '--eval',
      "const { createServer } = require('node:http');\nconst server = createServer((request, response) => response.end('well\\n'));\nserver.listen(Number(process.env.PORT), '127.0.0.1');\n",
    ],
    replicas: 3,
    port: 8081,
    health: { http: '/' },
  },
};
