/** What can be disturbed of a container, by the name that stands in `on` of an effect. */
import type { Ability, Engine } from '../engine.ts';
import { createLifecycle, type LifecycleVerbs } from '../lifecycle.ts';
import { createDisk } from './disk.ts';
import { removeStrays } from './docker-helper.ts';
import { createExistence } from './existence.ts';
import { createNetwork, type NetworkWorld } from './network.ts';
import { createProcesses } from './processes.ts';
import { createResources } from './resources.ts';

export function dockerAbilities(verbs: LifecycleVerbs, world: NetworkWorld): Engine['abilities'] {
  const tidied = (ability: Ability): Ability => ({
    ...ability,
    // A change leaves no helper behind that an earlier one, which was killed, had made and not started.
    async set(target, effects, undone) {
      await ability.set(target, effects, undone);
      await removeStrays(world.api, target.id);
    },
  });
  return {
    lifecycle: tidied(createLifecycle(verbs)),
    existence: tidied(createExistence(world, verbs)),
    network: tidied(createNetwork(world)),
    processes: tidied(createProcesses(world, verbs)),
    disk: tidied(createDisk(world)),
    resources: createResources(world.api, world.inspect),
  };
}
