/**
 * What load a first story puts on the stack: the published port through which the loss of the victim shows. A guess,
 * with its reason; how a port is spoken to is in `draft-entry-points.ts`. Pure.
 */
import { Refusal } from '../../terms/outcomes.ts';
import { type EntryPoint, entryPointsOf } from './draft-entry-points.ts';
import type { Role } from './draft-roles.ts';
import type { StackModel, StackService } from './draft-stack.ts';
import { type Candidate, rolesOf } from './draft-victim.ts';
import { listed } from './draft-yaml.ts';

export type DraftLoad = (
  | { kind: 'http'; urls: string[]; host: string | null }
  | { kind: 'redis'; url: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'simulated' }
) & { why: string };

export function chooseWorkload(stack: StackModel, victim: Candidate): DraftLoad {
  const own = victim.members.flatMap((member) =>
    entryPointsOf(member).map((entryPoint) => ({ ...entryPoint, of: member.name })),
  );
  const [best] = own.toSorted((a, b) => a.rank - b.rank);
  if (best) {
    const [neighbour = best] = own.filter(
      ({ of, rank }) => of !== victim.service.name && rank === best.rank,
    );
    const entryPoints =
      best.protocol === 'http'
        ? own.filter(({ protocol, rank }) => protocol === 'http' && rank === best.rank)
        : [neighbour];
    const names = [...new Set(entryPoints.map(({ of }) => of))];
    const ports = `port${entryPoints.length > 1 ? 's' : ''} ${listed(entryPoints.map(({ port }) => String(port)))}`;
    const inTurn =
      entryPoints.length > 1
        ? ' They are asked in turn, so that the loss of one is a part of the whole.'
        : '';
    const beside = names.includes(victim.service.name)
      ? ''
      : ` The question is whether it carries on without ${victim.service.name}.`;
    return loadOf(
      entryPoints,
      null,
      `${listed(names)} ${names.length > 1 ? 'are' : 'is'} published on ${ports}${best.how}.${inTurn}${beside}`,
    );
  }
  for (const { service, role, because } of entrances(stack, victim)) {
    const [entryPoint] = entryPointsOf(service).toSorted((a, b) => a.rank - b.rank);
    if (!entryPoint) continue;
    // A router that goes by the name in the request knows no other.
    const route =
      role === 'proxy' ? (victim.members.find((member) => member.route)?.route ?? null) : null;
    return loadOf(
      [entryPoint],
      route,
      `${because}. It is published on port ${entryPoint.port}${entryPoint.how}.${route ? ` Its labels route ${route.host}.` : ''}`,
    );
  }
  const why = stack.replaces
    ? `nothing that leads to ${victim.service.name} answers at an address outside of the cluster, so no load can be put on it from here. Write a workload of kind http, redis or tcp with an address that your users have.`
    : `no port of this stack that leads to ${victim.service.name} is published on this machine, so no load can be put on it from here. Publish one, and write a workload of kind http, redis or tcp.`;
  return { kind: 'simulated', why };
}

/** From what `--url` says. Throws Refusal `usage`. */
export function workloadOf(url: string): DraftLoad {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const why = `as it was asked for.${parsed?.password ? ' Its URL holds a password, so keep this file to yourselves.' : ''}`;
  switch (parsed?.protocol) {
    case 'http:':
    case 'https:':
      return { kind: 'http', urls: [url], host: null, why };
    case 'redis:':
    case 'rediss:':
      return { kind: 'redis', url, why };
    case 'tcp:':
      if (parsed.port !== '')
        return {
          kind: 'tcp',
          host: parsed.hostname.replace(/^\[|\]$/g, ''),
          port: Number(parsed.port),
          why,
        };
  }
  throw new Refusal(
    'usage',
    `"${url}" is no URL that can be loaded.`,
    'Write it as http://127.0.0.1:8080/, redis://127.0.0.1:6379 or tcp://127.0.0.1:5432.',
  );
}

/** Services with a published port through which the loss of the victim may show, best first. */
function entrances(
  stack: StackModel,
  victim: Candidate,
): { service: StackService; role: Role; because: string }[] {
  const roles = rolesOf(stack);
  const victims = victim.members.map(({ name }) => name);
  const order = (role: Role) => ['proxy', 'app', 'store', 'coordinator'].indexOf(role);
  const carries = ({ name }: StackService) =>
    victim.members.some(({ networkOf }) => networkOf === name);
  return stack.services
    .filter(
      (service) =>
        (order(roles.get(service.name) as Role) >= 0 || carries(service)) &&
        entryPointsOf(service).length > 0,
    )
    .map((service) => {
      const role = roles.get(service.name) as Role;
      const leads = carries(service) || leadsTo(stack, service.name, victims);
      const because = carries(service)
        ? `${victim.service.name} has the network of ${service.name}, which publishes its ports`
        : leads
          ? `${service.name} needs ${victim.service.name} and stands in front of it`
          : role === 'proxy'
            ? `${service.name} passes requests on, presumably to ${victim.service.name}`
            : `nothing published is known to lead to ${victim.service.name}; ${service.name} is the nearest, and may not feel its loss`;
      return {
        service,
        role,
        because,
        rank: (leads ? 0 : role === 'proxy' ? 10 : 20) + order(role),
      };
    })
    .toSorted((a, b) => a.rank - b.rank);
}

function leadsTo(
  stack: StackModel,
  from: string,
  to: readonly string[],
  seen = new Set<string>(),
): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const next = Object.keys(stack.services.find(({ name }) => name === from)?.dependsOn ?? {});
  return next.some((name) => to.includes(name) || leadsTo(stack, name, to, seen));
}

function loadOf(entryPoints: EntryPoint[], route: StackService['route'], why: string): DraftLoad {
  const [entryPoint] = entryPoints as [EntryPoint];
  if (entryPoint.protocol === 'redis')
    return { kind: 'redis', url: `redis://${entryPoint.host}:${entryPoint.port}`, why };
  if (entryPoint.protocol === 'tcp')
    return {
      kind: 'tcp',
      host: entryPoint.host.replace(/^\[|\]$/g, ''),
      port: entryPoint.port,
      why,
    };
  const urls = entryPoints.map(
    ({ host, port, path }) =>
      `http://${host}${port === 80 ? '' : `:${port}`}${route?.path ?? path}`,
  );
  return { kind: 'http', urls, host: route?.host ?? null, why };
}
