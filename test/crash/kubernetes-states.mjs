// How the pods of a namespace, its workloads, the nodes and the claim stand, for the thread that asks on behalf of the killed command.

/** `ask(socketPath, path)` resolves to JSON; `socket`: of a kubectl proxy. Returns the reader. */
export function kubernetesStates(ask, { socket, namespace }) {
  const within = (group) => `${group}/namespaces/${namespace}`;
  const paths = [
    `${within('/api/v1')}/pods`,
    `${within('/apis/apps/v1')}/statefulsets`,
    `${within('/apis/apps/v1')}/deployments`,
    '/api/v1/nodes',
    `${within('/apis/coordination.k8s.io/v1')}/leases`,
  ];
  let begun = null;
  return async () => {
    const lists = await Promise.all(paths.map((path) => ask(socket, path)));
    const [pods, sets, deployments, nodes, leases] = lists.map(({ items }) => items);
    begun ??= new Set(pods.map(({ metadata }) => metadata.uid));
    return [
      ...pods.map((pod) => `${begun.has(pod.metadata.uid) ? '' : 'anew '}${stateOf(pod)}`),
      ...[...sets, ...deployments].map(({ spec }) => `workload with ${spec.replicas}`),
      ...nodes.map(({ spec }) => `node ${spec.unschedulable ? 'closed' : 'open'}`),
      ...leases.map(() => 'claim'),
    ];
  };
}

/** What a pod passes through before it runs is nobody's business. */
function stateOf({ metadata, status }) {
  if (metadata.deletionTimestamp) return 'ending';
  return status.phase === 'Running' ? 'running' : 'coming';
}
