/**
 * What a stack of a swarm runs, as plain data for a first story: its services, and where they answer. Pure.
 * Lacks on purpose: environment values and labels.
 */
import type {
  HealthCheck,
  PublishedPort,
  StackModel,
  StackService,
} from '../../story/draft/draft-stack.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { urlHost } from '../../terms/url-host.ts';
import { asksForPassword, healthUrl } from '../command-hints.ts';
import type { StackOutline } from '../stack-files.ts';
import type { SwarmEngine } from './swarm.ts';
import type { Healthcheck, Service, SwarmNode } from './swarm-answers.ts';
import { replicasOf } from './swarm-others.ts';
import { isWanted, type StackView, serviceName } from './swarm-tasks.ts';

const NS_PER_MS = 1e6;
/** By the engine's own defaults. */
const INTERVAL_MS = 30_000;
const RETRIES = 3;

export const outline: StackOutline<SwarmEngine> = {
  read: async (engine) => outlineOf(await engine.view()),
  named({ swarm: { stack, context } }) {
    if (stack !== null) return { stack, context };
    throw new Refusal(
      'unsupported_stack',
      'Which stack of the swarm is meant, only you know.',
      'story init --engine swarm --project NAME',
    );
  },
  words: {
    killed: 'gets SIGKILL',
    kinds: 'stop, pause, crash; drain and cordon for a node, scale for a service',
    comesBack:
      'What was killed never comes back: the swarm makes another task in its place, which we count ourselves. It',
    again: '',
    alone: 'until another is there nothing takes its place',
  },
};

export function outlineOf(view: StackView): StackModel {
  const { stack, services } = view;
  return {
    name: stack,
    services: [...services.values()]
      .map((service) => serviceOf(service, view))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    profiles: [],
    replaces: true,
  };
}

function serviceOf(service: Service, view: StackView): StackService {
  const { ContainerSpec: made, RestartPolicy } = service.Spec.TaskTemplate ?? {};
  const { ReplicatedJob, GlobalJob, Global } = service.Spec.Mode ?? {};
  const name = serviceName(service, view.stack);
  // By its tag: the swarm adds the digest that it has resolved.
  const image = made?.Image?.split('@')[0] ?? null;
  return {
    name,
    image,
    origin: image ?? '',
    replicas: replicasOf(service) ?? nodesOf(service, view).length,
    ports: portsOf(service, view),
    health: healthOf(name, made?.Healthcheck),
    hostNetwork: false,
    networkOf: null,
    restart: RestartPolicy?.Condition === 'none' ? 'no' : 'always',
    dependsOn: {},
    volumes: (made?.Mounts ?? []).some(({ Type }) => Type === 'volume'),
    password: asksForPassword([...(made?.Command ?? []), ...(made?.Args ?? [])].join(' ')),
    route: null,
    jobMode: Boolean(ReplicatedJob || GlobalJob),
    ...(Global && { perNode: true }),
  };
}

/** In the routing mesh any node answers for every service; a port of mode `host` is that of the nodes that its tasks are on. */
function portsOf(service: Service, view: StackView): PublishedPort[] {
  const mesh = [...view.nodes.values()]
    .filter(({ Status }) => Status.State === 'ready')
    .slice(0, 1);
  return (service.Endpoint?.Ports ?? []).flatMap((each) => {
    const { PublishedPort: port, TargetPort: target, Protocol, PublishMode } = each;
    if (!port) return [];
    const nodes = PublishMode === 'host' ? nodesOf(service, view) : mesh;
    const protocol = Protocol === 'udp' ? ('udp' as const) : ('tcp' as const);
    return nodes.map(({ Status }) => ({
      host: urlHost(Status.Addr ?? ''),
      port,
      lastPort: port,
      target,
      protocol,
    }));
  });
}

function nodesOf(service: Service, { tasks, nodes }: StackView): SwarmNode[] {
  const ids = tasks
    .filter((task) => task.ServiceID === service.ID && isWanted(task))
    .map(({ NodeID }) => NodeID ?? '');
  return [...new Set(ids)].flatMap((id) => nodes.get(id) ?? []);
}

function healthOf(name: string, check: Healthcheck | null | undefined): HealthCheck | null {
  const { Test, Interval, Retries, StartPeriod } = check ?? {};
  const [how, ...words] = Test ?? [];
  if (words.length === 0 || how === 'NONE') return null;
  return {
    url: healthUrl(words.join(' '), [name]),
    intervalMs: Interval ? Interval / NS_PER_MS : INTERVAL_MS,
    retries: Retries || RETRIES,
    startPeriodMs: (StartPeriod ?? 0) / NS_PER_MS,
  };
}
