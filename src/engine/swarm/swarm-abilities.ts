/**
 * What can be disturbed of a task: all that can be of its container, by the engine of the node that it runs on. Each ability
 * is the one of that engine, asked about the container in the task's place.
 */
import type { Effect, LiveEffect } from '../../fault/effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import { dockerAbilities } from '../docker/docker-abilities.ts';
import type { InspectedContainer } from '../docker/docker-answers.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import { instanceOf } from '../docker/docker-instance.ts';
import { dockerVerbs } from '../docker/docker-verbs.ts';
import type { Neighbour } from '../docker/network-peers.ts';
import { toolsImage } from '../docker/tools-image.ts';
import type { Ability, Engine, Hindrance } from '../engine.ts';
import type { Service } from './swarm-answers.ts';
import type { TaskRecord } from './swarm-tasks.ts';

/** What stands in a volume of the node is there without the task, too. */
const OUTLIVES: readonly string[] = ['disk', 'files', 'io'];

export interface TaskWorld {
  manager: DockerApi;
  /** The engine of a node; null where nothing leads to it. */
  engineOf(nodeId: string): Promise<DockerApi | null>;
  service(id: string): Promise<Service | null>;
  /** It is a task, and the orchestrator has not given it up. */
  isLive(target: Instance): Promise<boolean>;
  /** Every container of the stack that can be seen, with the task's own label. */
  neighbours(): Promise<Neighbour[]>;
  /** The image with the tools, by the story and by the run. */
  tools: { wanted: string | null; recorded: string | null };
  own: string | null;
}

export function taskAbilities(world: TaskWorld): Engine['abilities'] {
  const made = new Map<DockerApi, Engine['abilities']>();
  const at = (api: DockerApi): Engine['abilities'] => {
    const abilities = made.get(api) ?? containerAbilities(api, world);
    made.set(api, abilities);
    return abilities;
  };
  const here = at(world.manager);
  const abilityOf = async (on: string, target: Instance): Promise<Ability> => {
    const { node_id } = recordOf(target);
    const api = await world.engineOf(node_id);
    if (api) return at(api)[on] as Ability;
    const message = `${label(target)} cannot be reached: no docker context leads to its node ${target.node ?? node_id}.`;
    const next = `Name one in the story: \`swarm: { nodes: { ${target.node ?? 'NODE'}: CONTEXT } }\``;
    throw new EngineError(message, { definite: true, reason: 'no_way', next });
  };
  const ofTask = (on: string, settles: Ability): Ability => ({
    async whyNot(target, effect) {
      const hindrance = on === 'lifecycle' ? await whyNotReplaced(world, target, effect) : null;
      return hindrance ?? (await abilityOf(on, target)).whyNot(asContainer(target), effect);
    },
    async set(target, effects, undone) {
      const isOver =
        effects.length === 0 && !OUTLIVES.includes(on) && !(await world.isLive(target));
      // It is gone with the task, also where its node cannot be asked any more.
      if (isOver) return;
      const ability = await abilityOf(on, target);
      return ability.set(asContainer(target), effects.map(ofContainer), undone?.map(ofContainer));
    },
    async read(now, effects, meant) {
      const ability = await abilityOf(on, now);
      return ability.read(asContainer(now), effects.map(ofContainer), meant?.map(ofContainer));
    },
    ...(settles.bind && {
      bind: async (target, effect, live) => {
        const ability = await abilityOf(on, target);
        return (await ability.bind?.(asContainer(target), effect, live.map(ofContainer))) ?? effect;
      },
    }),
    ...(settles.measure && {
      measure: async (target, effect) => {
        const ability = await abilityOf(on, target);
        return (await ability.measure?.(asContainer(target), effect)) ?? '';
      },
    }),
    settleMs: (target, effect) => settles.settleMs(target, effect),
    ...(settles.restsOn && {
      restsOn: async (target, effects) =>
        (await (
          await abilityOf(on, target)
        ).restsOn?.(asContainer(target), effects.map(ofContainer))) ?? null,
    }),
  });
  // A container that is removed and made anew by hand would be an orphan beside the task that replaces it.
  const { existence: _none, ...those } = here;
  return Object.fromEntries(
    Object.entries(those).map(([on, ability]) => [on, ofTask(on, ability)]),
  );
}

function containerAbilities(api: DockerApi, { tools, own, neighbours }: TaskWorld) {
  const inspect = async (id: string): Promise<Instance | null> => {
    const found = await api.read<InspectedContainer>(`/containers/${id}/json`);
    return found && instanceOf(found, own);
  };
  const verbs = dockerVerbs(api, inspect);
  const perform: typeof verbs.perform = async (verb, target, options) => {
    // A task that was started by hand is an orphan: the orchestrator has made another one by then.
    if (verb !== 'start') await verbs.perform(verb, target, options);
  };
  return dockerAbilities(
    { ...verbs, perform },
    { api, inspect, neighbours, tools: toolsImage(api, tools.wanted, tools.recorded) },
  );
}

/** What ends is only broken where the orchestrator makes another one of it afterwards. */
async function whyNotReplaced(
  { service }: TaskWorld,
  target: Instance,
  { to }: Effect,
): Promise<Hindrance | null> {
  if (to === 'paused') return null;
  const found = await service(recordOf(target).service_id);
  const condition = found?.Spec.TaskTemplate?.RestartPolicy?.Condition ?? 'any';
  const next = `Choose \`fault inject pause ${target.service}\`, or set its restart_policy to \`condition: any\`.`;
  if (condition === 'none')
    return { why: `${target.owner} makes no other task when one ends (condition: none)`, next };
  if (condition === 'on-failure' && to === 'stopped')
    return {
      why: `${target.owner} makes another task only after a failure (condition: on-failure), and an orderly shutdown is none`,
      next,
    };
  return null;
}

function recordOf({ record }: Instance): TaskRecord {
  return record as unknown as TaskRecord;
}

/** The same, by the id that the engine of its node knows it by. */
function asContainer(target: Instance): Instance {
  return { ...target, id: recordOf(target).container_id ?? target.id };
}

function ofContainer(effect: LiveEffect): LiveEffect {
  return { ...effect, target: asContainer(effect.target) };
}
