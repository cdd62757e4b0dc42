/**
 * Which service a first story breaks, and which it protects: guesses, each with its reason. Pure.
 * Several services with one image and one name but for its ending (etcd0, etcd1, etcd2) are one cluster.
 */
import { closest } from '../../terms/closest.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { type Role, roleOf } from './draft-roles.ts';
import type { StackModel, StackService } from './draft-stack.ts';
import { listed } from './draft-yaml.ts';

export interface Candidate {
  /** The one that the fault names. */
  service: StackService;
  /** The cluster it is one of; itself alone where it is none. */
  members: StackService[];
  /** Of all members together. */
  instances: number;
  role: Role;
  /** For people: why it is (or is not) a good one to break. */
  why: string;
}

export interface Protected {
  service: string;
  why: string;
}

/** What a first fault had better fall on; lower is better. */
const RANKS: Record<Role, { several: number; alone: number }> = {
  store: { several: 0, alone: 7 },
  coordinator: { several: 1, alone: 8 },
  app: { several: 2, alone: 3 },
  proxy: { several: 4, alone: 6 },
  load: { several: 9, alone: 9 },
  tool: { several: 10, alone: 10 },
  monitoring: { several: 11, alone: 11 },
  job: { several: 12, alone: 12 },
};

/** Where it ends, what has its network is cut off until it is started again, so that a recovery of it alone is none. */
const CARRIES_OTHERS = 5.5;
/** An agent of the node that it is on, whose loss users rarely feel. */
const PER_NODE = 4.5;

export function rolesOf({ services }: StackModel): Map<string, Role> {
  const awaited = new Set(
    services.flatMap(({ dependsOn }) =>
      Object.entries(dependsOn).flatMap(([name, until]) =>
        until === 'service_completed_successfully' ? name : [],
      ),
    ),
  );
  return new Map(
    services.map((service) => [service.name, roleOf(service, awaited.has(service.name))]),
  );
}

/** Best first; without what runs once and what does not run at all. */
export function candidates(stack: StackModel): Candidate[] {
  const roles = rolesOf(stack);
  const found = clusters(
    stack.services.filter((service) => service.replicas > 0 && roles.get(service.name) !== 'job'),
  ).map((members) => {
    const service = weakest(members);
    const role = roles.get(service.name) as Role;
    const instances = members.reduce((sum, member) => sum + member.replicas, 0);
    return { service, members, instances, role, why: reason(stack, service, members, role) };
  });
  const rank = ({ service, role, instances, members }: Candidate) => {
    const wanted = stack.services.some(({ dependsOn }) =>
      members.some((member) => member.name in dependsOn),
    );
    const open = members.some((member) => member.ports.length > 0);
    return (
      RANKS[role][instances > 1 ? 'several' : 'alone'] +
      (service.perNode ? PER_NODE : 0) +
      (members.some((member) => sharersOf(stack, member).length > 0) ? CARRIES_OTHERS : 0) -
      (wanted ? 0.3 : 0) -
      (open ? 0.2 : 0) -
      Math.min(instances, 9) / 100
    );
  };
  return found.toSorted((a, b) => rank(a) - rank(b));
}

/** Throws Refusal `no_target` for a service that is not there, `unsupported_stack` for a stack with nothing to break. */
export function chooseVictim(stack: StackModel, wanted: string | null): Candidate {
  const found = candidates(stack);
  if (wanted !== null) {
    const named = found.find(({ members }) => members.some(({ name }) => name === wanted));
    const service = stack.services.find(({ name }) => name === wanted);
    if (named && service)
      return {
        ...named,
        service,
        why: reason(stack, service, named.members, named.role),
      };
    const names = found.flatMap(({ members }) => members.map(({ name }) => name));
    if (service)
      throw new Refusal(
        'no_target',
        `${wanted} runs once and ends, or does not run: there is nothing to break. There are ${names.join(', ')}.`,
        'Choose one of them.',
      );
    const near = closest(wanted, names);
    throw new Refusal(
      'no_target',
      `No service is called "${wanted}"; there are ${names.join(', ')}.`,
      near ? `Did you mean \`--service ${near}\`?` : 'Choose one of them.',
    );
  }
  const [best] = found;
  if (!best)
    throw new Refusal(
      'unsupported_stack',
      `${stack.name} has no service that stays up: there is nothing to break.`,
      stack.replaces ? 'Name another one.' : 'Name another Compose file with --compose-file.',
    );
  return best.instances > 1
    ? best
    : {
        ...best,
        why: `${best.why} No other one was better: none that users need has several instances.`,
      };
}

/** What must not be hit by accident: state that stands alone, and what the audience watches. */
export function chooseProtected(stack: StackModel, victim: Candidate): Protected[] {
  const roles = rolesOf(stack);
  const groups = clusters(stack.services);
  return stack.services.flatMap((service) => {
    const role = roles.get(service.name) as Role;
    if (victim.members.includes(service) || service.replicas === 0) return [];
    if (role === 'monitoring') return [{ service: service.name, why: 'shows what happens' }];
    const alone =
      service.replicas === 1 &&
      groups.some((members) => members.length === 1 && members[0] === service);
    return (role === 'store' || role === 'coordinator') && alone
      ? [{ service: service.name, why: 'keeps state, in one instance' }]
      : [];
  });
}

/** Services that run the same under one name with different endings; all others alone. In the order of the services. */
function clusters(services: StackService[]): StackService[][] {
  const groups = new Map<string, StackService[]>();
  for (const service of services) {
    const stem = service.name.replace(/[-_.]?\d+$|[-_.][a-z]$/i, '');
    const key = JSON.stringify(
      stem === service.name || stem === '' ? [service.name] : [stem, service.origin],
    );
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()];
}

/** The first member, but not the only door that leads in. */
function weakest(members: StackService[]): StackService {
  const closed = members.find((member) => member.ports.length === 0);
  const open = members.some((member) => member.ports.length > 0);
  return (open && closed) || (members[0] as StackService);
}

/** The network of the machine does not end with a service that has it. */
function sharersOf({ services }: StackModel, { name, hostNetwork }: StackService): string[] {
  if (hostNetwork) return [];
  return services.flatMap((service) => (service.networkOf === name ? service.name : []));
}

function reason(
  stack: StackModel,
  service: StackService,
  members: StackService[],
  role: Role,
): string {
  const instances = members.reduce((sum, member) => sum + member.replicas, 0);
  const sharers = sharersOf(stack, service);
  if (sharers.length > 0)
    return `${listed(sharers)} ${sharers.length > 1 ? 'have' : 'has'} its network, and ${sharers.length > 1 ? 'have' : 'has'} to be restarted as well before anything is as it was.`;
  const keeps = role === 'store' || role === 'coordinator' ? ' that keep state' : '';
  if (members.length > 1) {
    return `${listed(members.map(({ name }) => name))} run the same image, so they are taken for one cluster of ${instances} instances${keeps}. A fault names one service of them.`;
  }
  if (instances > 1)
    return `it has ${instances} instances${keeps}, so the others should carry on without one of them.`;
  const alone = stack.replaces
    ? 'it has one instance, so that nothing answers until another is there'
    : 'it has one instance, so nothing takes its place while it is away';
  switch (role) {
    case 'app':
      return `${alone}.`;
    case 'store':
    case 'coordinator':
      return `${alone}, and it keeps state: try this on data that you can lose.`;
    case 'proxy':
      return `${alone}, and every request goes through it.`;
    default:
      return `${alone}; but it does not look like a part that users need.`;
  }
}
