/** Who can be reached over the networks of a stack: its containers on every node, and the addresses of its services themselves. Pure. */
import type { ListedContainer } from '../docker/docker-answers.ts';
import type { Neighbour } from '../docker/network-peers.ts';
import { type NodeLook, type StackView, serviceName, taskRow } from './swarm-tasks.ts';

export function neighboursIn(
  view: StackView,
  looks: ReadonlyMap<string, NodeLook>,
  own: string | null,
): Neighbour[] {
  const containers = view.tasks.flatMap((task): Neighbour[] => {
    const look = looks.get(task.NodeID ?? '') ?? null;
    const container = look && 'containers' in look ? look.containers.get(task.ID) : undefined;
    if (!container) return [];
    return [{ container, row: { ...taskRow(task, view, look, own), id: container.Id } }];
  });
  return [...containers, ...virtualPeers(view, containers)];
}

/** A service has an address of its own, by which its tasks are reached without being named; what is cut off from the service is cut off from it, too. */
function virtualPeers(
  { services, stack }: StackView,
  containers: readonly Neighbour[],
): Neighbour[] {
  return [...services.values()].flatMap((service): Neighbour[] => {
    const name = serviceName(service, stack);
    const first = containers.find(({ row }) => row.service === name);
    const addresses = (service.Endpoint?.VirtualIPs ?? []).flatMap(
      ({ Addr }) => Addr?.split('/')[0] ?? [],
    );
    if (!first || addresses.length === 0) return [];
    const container: ListedContainer = {
      Id: service.ID,
      NetworkSettings: {
        Networks: Object.fromEntries(addresses.map((IPAddress) => [IPAddress, { IPAddress }])),
      },
    };
    return [{ container, row: { ...first.row, id: service.ID, number: 0 } }];
  });
}
