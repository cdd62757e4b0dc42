/**
 * What runs in a namespace, as plain data for a first story: its workloads, and where they answer outside of the cluster.
 * Lacks on purpose: environment values and labels, and any look at Ingresses, whose rules only their controller knows.
 */
import type {
  HealthCheck,
  PublishedPort,
  StackModel,
  StackService,
} from '../../story/draft/draft-stack.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { urlHost } from '../../terms/url-host.ts';
import { asksForPassword } from '../command-hints.ts';
import type { StackOutline } from '../stack-files.ts';
import {
  type Container,
  condition,
  type KubeService,
  type Node,
  type Template,
} from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';
import type { KubernetesEngine } from './kubernetes.ts';
import { serviceHost } from './service-host.ts';
import { listWorkloads, type Named, wantedOf } from './workloads.ts';

/** By the API's own defaults. */
const PERIOD_S = 10;
const FAILURES = 3;

export const outline: StackOutline<KubernetesEngine> = {
  read: ({ api }) => readOutline(api),
  named({ kubernetes }) {
    if (kubernetes) return { context: kubernetes.context, namespace: kubernetes.namespace };
    throw new Refusal(
      'unsupported_stack',
      'Which namespace of which cluster is meant, only you know.',
      'story init --context NAME --namespace NAME',
    );
  },
  words: {
    killed: 'is deleted, without a grace,',
    kinds: 'stop, evict; drain and cordon for a node, scale for a workload',
    comesBack:
      'What was deleted never comes back: its owner makes another pod, which we count ourselves. It',
    again: '',
    alone: 'until another is there nothing takes its place',
  },
};

/** Throws as the API does. What this account may not see counts as absent. */
async function readOutline(api: KubeApi): Promise<StackModel> {
  const { namespace } = api.cluster;
  const [workloads, services, nodes] = await Promise.all([
    listWorkloads(api),
    api.listAllowed<KubeService>(`/api/v1/namespaces/${namespace}/services`),
    api.listAllowed<Node>('/api/v1/nodes'),
  ]);
  return outlineOf(namespace, workloads, services, nodes);
}

/** Pure. */
export function outlineOf(
  name: string,
  workloads: readonly Named[],
  services: readonly KubeService[],
  nodes: readonly Pick<Node, 'status'>[],
): StackModel {
  const address = nodeAddress(nodes);
  return {
    name,
    services: workloads.flatMap((each) => serviceOf(each, services, address) ?? []),
    profiles: [],
    replaces: true,
  };
}

function serviceOf(
  { owner, workload }: Named,
  services: readonly KubeService[],
  node: string | null,
): StackService | null {
  const { template, volumeClaimTemplates } = workload.spec;
  const [container] = template?.spec.containers ?? [];
  if (!template || !container) return null;
  const { image = null, command = [], args = [] } = container;
  return {
    name: owner.name,
    image,
    origin: image ?? '',
    replicas: wantedOf(workload),
    ports: services
      .filter(({ spec }) => selects(spec.selector, template))
      .flatMap((service) => portsOf(service, container, node)),
    health: healthOf(container),
    hostNetwork: false,
    networkOf: null,
    restart: 'always',
    dependsOn: {},
    volumes: hasClaims(volumeClaimTemplates, template),
    password: asksForPassword([...command, ...args].join(' ')),
    route: null,
    jobMode: false,
    ...(owner.kind === 'DaemonSet' && { perNode: true }),
  };
}

function selects(selector: Readonly<Record<string, string>> | undefined, { metadata }: Template) {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => metadata?.labels?.[key] === value);
}

/**
 * Where it answers: outside of the cluster at its load balancer, at addresses of its own, or at any node; else by its name, to which we
 * keep a way.
 */
function portsOf(
  { metadata, spec, status }: KubeService,
  container: Container,
  node: string | null,
): PublishedPort[] {
  const outside = [
    ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
    ...(spec.externalIPs ?? []),
  ];
  return (spec.ports ?? []).flatMap((each) => {
    const { port, nodePort } = each;
    const protocol = each.protocol === 'UDP' ? 'udp' : 'tcp';
    const target = numberOf(each.targetPort ?? port, container) ?? port;
    const at = (host: string, published: number): PublishedPort => ({
      host: urlHost(host),
      port: published,
      lastPort: published,
      target,
      protocol,
    });
    if (outside.length > 0) return outside.map((host) => at(host, port));
    if (node !== null && nodePort !== undefined) return [at(node, nodePort)];
    return [at(serviceHost(metadata.name, metadata.namespace ?? ''), port)];
  });
}

/** Of a port that may be written by its name. */
function numberOf(port: number | string, { ports = [] }: Container): number | null {
  if (typeof port === 'number') return port;
  return ports.find(({ name }) => name === port)?.containerPort ?? null;
}

/** Of the first node that is well: every one of them leads to every service. */
function nodeAddress(nodes: readonly Pick<Node, 'status'>[]): string | null {
  const well = nodes.find(({ status }) => condition(status.conditions, 'Ready') === 'True');
  const addresses = well?.status.addresses ?? [];
  const found =
    addresses.find(({ type }) => type === 'ExternalIP') ??
    addresses.find(({ type }) => type === 'InternalIP');
  return found?.address ?? null;
}

function healthOf(container: Container): HealthCheck | null {
  const check = container.readinessProbe;
  if (!check) return null;
  const { httpGet } = check;
  const port = httpGet ? numberOf(httpGet.port, container) : null;
  return {
    url:
      httpGet && port !== null
        ? {
            protocol: httpGet.scheme === 'HTTPS' ? 'https:' : 'http:',
            port,
            path: httpGet.path ?? '/',
          }
        : null,
    intervalMs: (check.periodSeconds ?? PERIOD_S) * 1000,
    retries: check.failureThreshold ?? FAILURES,
    startPeriodMs: (check.initialDelaySeconds ?? 0) * 1000,
  };
}

function hasClaims(claims: readonly unknown[] | undefined, { spec }: Template): boolean {
  return (
    (claims ?? []).length > 0 ||
    (spec.volumes ?? []).some((each) => 'persistentVolumeClaim' in each)
  );
}
