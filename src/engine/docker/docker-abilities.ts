/** What can be disturbed of a container, by the name that stands in `on` of an effect. */
import type { Engine } from '../engine.ts';
import { createLifecycle, type LifecycleVerbs } from '../lifecycle.ts';
import { createDisk } from './disk.ts';
import { createExistence } from './existence.ts';
import { createFiles } from './files.ts';
import { createHttp } from './http.ts';
import { createIo } from './io.ts';
import { createNetwork, type NetworkWorld } from './network.ts';
import { createProcesses } from './processes.ts';
import { createResources } from './resources.ts';
import { createStress } from './stress.ts';

export function dockerAbilities(verbs: LifecycleVerbs, world: NetworkWorld): Engine['abilities'] {
  return {
    lifecycle: createLifecycle(verbs),
    existence: createExistence(world, verbs),
    network: createNetwork(world),
    processes: createProcesses(world, verbs),
    disk: createDisk(world),
    files: createFiles(world),
    http: createHttp(world),
    io: createIo(world),
    resources: createResources(world.api, world.inspect),
    stress: createStress(world),
  };
}
