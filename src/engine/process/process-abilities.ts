/** What can be disturbed of a local process beside its life, by the name that stands in `on` of an effect. */
import type { Engine } from '../engine.ts';
import { unavailable } from '../unavailable.ts';
import { createLoads } from './process-load.ts';
import { proxyAbilities } from './process-network.ts';
import type { PortProxy } from './process-proxy.ts';

const NEXT = 'Choose another kind of fault, or play the story on containers.';

export function processAbilities(proxy: PortProxy, stateDir: string): Engine['abilities'] {
  return {
    ...proxyAbilities(proxy, stateDir),
    stress: createLoads(stateDir),
    resources: unavailable({
      why: 'a limit takes a control group of its own, which gameday does not make for local processes',
      next: 'Use a load beside it, by `--how stress` or `--how fill`, or play the story on containers.',
    }),
    files: unavailable({
      why: 'its files are those of this machine, which others use as well',
      next: NEXT,
    }),
    io: unavailable({
      why: 'it shares the disks of this machine with everything else',
      next: NEXT,
    }),
  };
}
