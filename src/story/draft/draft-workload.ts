/**
 * What load a first story puts on the stack: the published port through which the loss of the victim is felt, and how
 * it is spoken to. Guesses, each with its reason. Pure.
 */

import { Refusal } from '../../terms/outcomes.ts';
import { knownImage, type Role } from './draft-roles.ts';
import type { PublishedPort, StackModel, StackService } from './draft-stack.ts';
import { type Candidate, rolesOf } from './draft-victim.ts';
import { listed } from './draft-yaml.ts';

export type DraftLoad = (
  | { kind: 'http'; urls: string[]; host: string | null }
  | { kind: 'redis'; url: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'simulated' }
) & { why: string };

/** A way into a service from this machine. */
interface Door {
  protocol: 'http' | 'redis' | 'tcp';
  host: string;
  port: number;
  path: string;
  /** Lower is better. */
  rank: number;
  how: string;
}

/** For people who debug: Node, Java, Python, Go. */
const DEBUG_PORTS = [9229, 5005, 5678, 40000];
const TLS_PORTS = [443, 8443, 9443];

export function chooseWorkload(stack: StackModel, victim: Candidate): DraftLoad {
  const own = victim.members.flatMap((member) =>
    doorsOf(member).map((door) => ({ ...door, of: member.name })),
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
    const [door] = doorsOf(service).toSorted((a, b) => a.rank - b.rank);
    if (!door) continue;
    // A router that goes by the name in the request knows no other.
    const route =
      role === 'proxy' ? (victim.members.find((member) => member.route)?.route ?? null) : null;
    return loadOf(
      [door],
      route,
      `${because}. It is published on port ${door.port}${door.how}.${route ? ` Its labels route ${route.host}.` : ''}`,
    );
  }
  const why = `no port of this stack that leads to ${victim.service.name} is published on this machine, so no load can be put on it from here. Publish one, and write a workload of kind http, redis or tcp.`;
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

/** Services with a published port through which the victim may be felt, best first. */
function entrances(
  stack: StackModel,
  victim: Candidate,
): { service: StackService; role: Role; because: string }[] {
  const roles = rolesOf(stack);
  const victims = victim.members.map(({ name }) => name);
  const order = (role: Role) => ['proxy', 'app', 'store', 'coordinator'].indexOf(role);
  return stack.services
    .filter((service) => order(roles.get(service.name) as Role) >= 0 && doorsOf(service).length > 0)
    .map((service) => {
      const role = roles.get(service.name) as Role;
      const leads = leadsTo(stack, service.name, victims);
      const because = leads
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

function loadOf(entryPoints: Door[], route: StackService['route'], why: string): DraftLoad {
  const [door] = entryPoints as [Door];
  if (door.protocol === 'redis')
    return { kind: 'redis', url: `redis://${door.host}:${door.port}`, why };
  if (door.protocol === 'tcp')
    return { kind: 'tcp', host: door.host.replace(/^\[|\]$/g, ''), port: door.port, why };
  const urls = entryPoints.map(
    ({ host, port, path }) =>
      `http://${host}${port === 80 ? '' : `:${port}`}${route?.path ?? path}`,
  );
  return { kind: 'http', urls, host: route?.host ?? null, why };
}

function doorsOf(service: StackService): Door[] {
  const entryPoints = service.ports
    .filter(({ protocol }) => protocol === 'tcp')
    .flatMap((port) => doorsAt(service, port));
  const url = service.health?.url;
  if (service.hostNetwork && url?.protocol === 'http:') {
    entryPoints.push({
      protocol: 'http',
      host: '127.0.0.1',
      port: url.port,
      path: url.path,
      rank: 0,
      how: `port ${url.port}, which its health check uses`,
    });
  }
  return entryPoints;
}

/** Instances that share a range have one port each. */
function doorsAt(service: StackService, port: PublishedPort): Door[] {
  const width = Math.min(port.lastPort - port.port + 1, Math.max(service.replicas, 1));
  const { protocol, path, rank, how } = spokenTo(service, port);
  return Array.from({ length: width }, (_, at) => ({
    protocol,
    path,
    rank,
    how,
    host: port.host,
    port: port.port + at,
  }));
}

function spokenTo(
  service: StackService,
  { target, seen }: PublishedPort,
): Pick<Door, 'protocol' | 'path' | 'rank' | 'how'> {
  const known = knownImage(service);
  const url = service.health?.url;
  if (seen === 'other')
    return {
      protocol: 'tcp',
      path: '',
      rank: 4,
      how: ', which does not answer in HTTP: a connection is all that is tried',
    };
  if (seen !== undefined && seen < 400 && !known)
    return { protocol: 'http', path: '/', rank: 0, how: ', which answers in HTTP' };
  if (url?.port === target && url.protocol === 'http:')
    return {
      protocol: 'http',
      path: url.path,
      rank: 0,
      how: ', with the path that its health check uses',
    };
  if (DEBUG_PORTS.includes(target))
    return { protocol: 'tcp', path: '', rank: 9, how: ', which looks like one for debugging' };
  if (TLS_PORTS.includes(target) || url?.port === target)
    return {
      protocol: 'tcp',
      path: '',
      rank: 5,
      how: ', which speaks TLS: a connection is all that is tried',
    };
  if (known?.protocol === 'redis') {
    if (service.password)
      return {
        protocol: 'tcp',
        path: '',
        rank: 3,
        how: ', which asks for a password: a connection is all that is tried',
      };
    return { protocol: 'redis', path: '', rank: 2, how: ', as Redis is spoken to' };
  }
  if (known?.protocol === 'tcp')
    return {
      protocol: 'tcp',
      path: '',
      rank: 3,
      how: ', by a connection that is opened and closed',
    };
  const http = known?.protocol === 'http' || isHttpPort(target);
  if (!http)
    return {
      protocol: 'tcp',
      path: '',
      rank: 4,
      how: ', by a connection that is opened and closed',
    };
  return {
    protocol: 'http',
    path: known?.path ?? '/',
    rank: target === 80 ? 1 : 2,
    how: known ? '' : ', where HTTP is usual. A health path would be better than /',
  };
}

/** True where a plain request for `/` may tell more than the guess that this port speaks HTTP. */
export function presumesHttp(service: StackService, port: PublishedPort): boolean {
  return port.protocol === 'tcp' && spokenTo(service, port).protocol === 'http';
}

/** Where programs usually speak HTTP, by custom. */
function isHttpPort(port: number): boolean {
  const others = [3306, 3389, 4222, 5432, 5672, 8883];
  return (
    (port === 80 || (port >= 3000 && port <= 5999) || (port >= 7000 && port <= 9099)) &&
    !others.includes(port)
  );
}
