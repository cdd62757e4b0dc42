/**
 * The look at every container of a stack, for what is not as it was made. `docker compose config` is asked beside the engine;
 * where it has no answer, the labels of the containers have to do, and the comparison says so. Looks only.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ComparedInstance, Comparison, StackDifference } from '../../fault/difference.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { InspectedContainer, ListedContainer } from '../docker/docker-answers.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import { isOurs, straysOf } from '../docker/docker-helper.ts';
import { byServiceAndNumber, instanceOf, rowOf } from '../docker/docker-instance.ts';
import { copiesOf } from '../docker/docker-leftovers.ts';
import type { ToolsImage } from '../docker/tools-image.ts';
import { askCompose } from './compose-ask.ts';
import { differencesOf } from './compose-differences.ts';
import { parseAnswer } from './compose-model.ts';
import { filesIn } from './compose-project.ts';
import { lackingIn, lookedPast, neededJobs, sharedNetworks } from './compose-stack-differences.ts';
import { type WantedService, wantedServices } from './compose-wanted.ts';

/** A model takes a tenth of a second as a rule. */
const MODEL_MS = 5000;

export interface StackToCompare {
  api: DockerApi;
  project: string;
  profiles: readonly string[];
  env?: NodeJS.ProcessEnv;
  own: string | null;
  /** By which to look into the networks as well; null: that is left out. */
  tools: ToolsImage | null;
}

/**
 * `containers`: those of the stack. `files`: absolute, for where no container says from which files it was made. Throws as a
 * look at the engine does.
 */
export async function compareStack(
  stack: StackToCompare,
  containers: readonly ListedContainer[],
  files: readonly string[],
): Promise<Comparison> {
  const { api, own, tools } = stack;
  const rows = containers
    .map((container) => rowOf(container, own))
    .filter(({ untouchable }) => untouchable === null)
    .sort(byServiceAndNumber);
  const [model, found, everything, leftovers] = await Promise.all([
    readWanted(stack, filesOf(containers) ?? files),
    Promise.all(rows.map(({ id }) => api.read<InspectedContainer>(`/containers/${id}/json`))),
    api.read<ListedContainer[]>('/containers/json?all=1'),
    leftoversOn(api),
  ]);
  const others = (everything ?? []).filter((each) => !isOurs(each));
  const looks = found.flatMap((each) => (each ? instanceOf(each, own) : []));
  const inside =
    tools && (await (await import('../docker/network-inside.ts')).lookInside(api, tools, looks));
  const jobs = neededJobs(containers);
  const instances = rows.flatMap((row, at): ComparedInstance[] => {
    const container = found[at];
    if (!container) return []; // Removed a moment ago.
    const { id, name, service, number, state } = row;
    const wanted = model.wanted === null ? null : model.wanted.get(service);
    const differences = differencesOf(container, { wanted, isJob: jobs.has(service) });
    const shared = sharedNetworks(id, containers, others);
    return [
      {
        id,
        name,
        service,
        number,
        state,
        differences: [...differences, ...shared, ...(inside?.found.get(id) ?? [])],
      },
    ];
  });
  return {
    with: model.with,
    instances,
    beside: [...(model.wanted ? lackingIn(model.wanted, instances) : []), ...leftovers],
    unlooked: [
      ...(model.why ? [model.why] : []),
      ...(inside?.unlooked ?? []),
      ...lookedPast(instances, inside !== null),
    ],
  };
}

interface Model {
  with: string;
  /** By name; null: it could not be had. */
  wanted: Map<string, WantedService> | null;
  why: string | null;
}

/** By the one that was made last; null where they are not on this machine. */
function filesOf(containers: readonly ListedContainer[]): string[] | null {
  const newest = containers.toSorted((a, b) => (b.Created ?? 0) - (a.Created ?? 0))[0];
  const said = filesIn(newest?.Labels ?? {});
  return said.length > 0 && said.every((file) => existsSync(file)) ? said : null;
}

async function readWanted(stack: StackToCompare, files: readonly string[]): Promise<Model> {
  const { project, env = process.env } = stack;
  const without = (why: string): Model => ({
    with: 'the labels of the containers',
    wanted: null,
    why: `Limits, restart policies and numbers of containers, for want of the Compose file: ${why}`,
  });
  const [first] = files;
  if (first === undefined) return without('none is at hand.');
  const profiles = [...stack.profiles, ...(env.COMPOSE_PROFILES ?? '').split(',').filter(Boolean)];
  try {
    const question = { cwd: dirname(first), env, files, project, limitMs: MODEL_MS };
    const raw = await parseAnswer(await askCompose({ ...question, profiles: ['*'] }));
    return {
      with: files.map((file) => basename(file)).join(', '),
      wanted: wantedServices(raw, project, profiles),
      why: null,
    };
  } catch (error) {
    if (error instanceof Refusal) return without(error.message);
    throw error;
  }
}

async function leftoversOn(api: DockerApi): Promise<StackDifference[]> {
  const [strays, copies] = await Promise.all([straysOf(api), copiesOf(api)]);
  const leftover = (id: string, text: string): StackDifference => ({
    finding: 'leftover',
    on: null,
    service: null,
    about: id.slice(0, 12),
    text,
  });
  return [
    ...strays.map(({ id, purpose, state }) =>
      leftover(id, `was made for ${purpose} by a gameday that is gone, and is ${state}`),
    ),
    ...copies
      .filter(({ isNeeded }) => !isNeeded)
      .map(({ id, of }) =>
        leftover(id, `is a copy of ${of} by a gameday that is gone, and ${of} is there`),
      ),
  ];
}
