/** What the account may do in the namespace, asked of the cluster itself: one question a verb, as `kubectl auth can-i` puts it. */
import type { KubeApi } from './kube-api.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Right {
  verb: string;
  group: string;
  /** With its subresource: `pods/eviction`. */
  resource: string;
  /** What cannot be had without it. */
  for: string;
  isOfCluster?: true;
  /** Of the only one that is asked for. */
  name?: string;
}

const right = (verb: string, group: string, resource: string, what: string): Right => ({
  verb,
  group,
  resource,
  for: what,
});

const LOCK = 'keeping a second game day out';

/** As docs/kubernetes-role.yaml grants them. */
const RIGHTS: readonly Right[] = [
  right('list', '', 'pods', 'everything'),
  right('get', '', 'pods', 'everything'),
  right('get', 'apps', 'deployments', 'the proof of a recovery'),
  right('get', 'apps', 'statefulsets', 'the proof of a recovery'),
  right('get', 'apps', 'daemonsets', 'the proof of a recovery'),
  right('list', 'apps', 'deployments', 'scale'),
  right('list', 'apps', 'statefulsets', 'scale'),
  right('list', 'apps', 'daemonsets', 'scale'),
  right('get', '', 'pods/log', 'logs as evidence'),
  right('list', '', 'services', 'the load of `story init`'),
  right('create', '', 'pods/portforward', 'a load and probes of what is not published'),
  right('create', 'coordination.k8s.io', 'leases', LOCK),
  { ...right('patch', 'coordination.k8s.io', 'leases', LOCK), name: 'gameday' },
  right('delete', '', 'pods', 'kill and stop'),
  right('create', '', 'pods/eviction', 'evict and drain'),
  right('list', 'policy', 'poddisruptionbudgets', 'evict and drain'),
  right('patch', 'apps', 'deployments/scale', 'scale'),
  right('patch', 'apps', 'statefulsets/scale', 'scale'),
  { ...right('list', '', 'nodes', 'pods on silent nodes, cordon and drain'), isOfCluster: true },
  { ...right('patch', '', 'nodes', 'cordon and drain'), isOfCluster: true },
];

/** `delete pods (kill and stop)`, for each that the account lacks. Changes nothing. Throws EngineError. */
export async function listMissingRights(api: KubeApi): Promise<string[]> {
  const answers = await Promise.all(RIGHTS.map((each) => mayDo(api, each)));
  return RIGHTS.flatMap((each, index) =>
    answers[index] ? [] : [`${each.verb} ${each.resource} (${each.for})`],
  );
}

async function mayDo(
  api: KubeApi,
  { verb, group, resource, isOfCluster, name: object }: Right,
): Promise<boolean> {
  const [name, subresource] = resource.split('/');
  const namespace = isOfCluster ? {} : { namespace: api.cluster.namespace };
  const resourceAttributes = {
    ...namespace,
    verb,
    group,
    resource: name,
    subresource,
    name: object,
  };
  const { body } = await api.change('question about rights', REVIEWS, {
    method: 'POST',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
  });
  return (body as { status?: { allowed?: boolean } }).status?.allowed === true;
}
