/** What is not as it was made of a stack as a whole, and beside its containers. Pure. */
import type { ComparedInstance, Difference, StackDifference } from '../../fault/difference.ts';
import type { ListedContainer } from '../docker/docker-answers.ts';
import { DEPENDS_LABEL, rowOf } from '../docker/docker-instance.ts';
import type { WantedService } from './compose-wanted.ts';

/** Services of which others wait for the end: to have ended well is what they are for. */
export function neededJobs(containers: readonly ListedContainer[]): Set<string> {
  const waits = containers.flatMap(({ Labels }) => (Labels?.[DEPENDS_LABEL] ?? '').split(','));
  return new Set(
    waits.flatMap((each) => {
      const [service = '', condition] = each.split(':');
      return condition === 'service_completed_successfully' ? service : [];
    }),
  );
}

/** Services with fewer containers than the file says. More of them are a scale that somebody asked for. */
export function lackingIn(
  wanted: ReadonlyMap<string, WantedService>,
  instances: readonly ComparedInstance[],
): StackDifference[] {
  return [...wanted].flatMap(([service, { replicas }]): StackDifference[] => {
    const has = instances.filter((each) => each.service === service).length;
    if (has >= replicas) return [];
    const text = `has ${has} of ${replicas} containers`;
    return [{ finding: 'container_missing', on: 'existence', service, about: service, text }];
  });
}

/** Whoever has the network of a container can change it; helpers of other tools do. */
export function sharedNetworks(
  id: string,
  stack: readonly ListedContainer[],
  others: readonly ListedContainer[],
): Difference[] {
  return others
    .filter(({ Id, HostConfig }) => {
      const isOfStack = stack.some((each) => each.Id === Id);
      return !isOfStack && HostConfig?.NetworkMode === `container:${id}`;
    })
    .map((guest) => {
      const { name, state } = rowOf(guest, null);
      const text = `shares its network with ${name} (${state}), which is no part of the stack`;
      return { finding: 'network_shared', on: null, text };
    });
}

/** What would take a helper container for each of them, and so many seconds. */
export function lookedPast(instances: readonly ComparedInstance[], isInside: boolean): string[] {
  const running = instances.filter(({ state }) => state === 'running' || state === 'paused');
  if (running.length === 0) return [];
  const count = running.length === 1 ? 'one container' : `${running.length} containers`;
  if (isInside) return [`Files of faults on the volumes of ${count}.`];
  return [
    `Rules in the networks of ${count}, and files of faults on their volumes: each takes a helper container. \`fault list --all-containers --rules\` looks at the rules.`,
  ];
}
