/** The ways into a service from this machine, and how each is presumably spoken to. Guesses, each with its reason. Pure. */
import { knownImage } from './draft-roles.ts';
import type { PublishedPort, StackService } from './draft-stack.ts';

/** A way into a service from this machine. */
export interface EntryPoint {
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
/** Of protocols that are not HTTP, by custom. */
const OTHER_PORTS = [
  22, 25, 53, 1883, 2379, 3306, 3389, 4222, 5432, 5672, 6379, 8883, 9042, 9092, 11211, 27017,
];

/** None where nothing of the service can be reached from this machine. */
export function entryPointsOf(service: StackService): EntryPoint[] {
  const entryPoints = service.ports
    .filter(({ protocol }) => protocol === 'tcp')
    .flatMap((port) => entryPointsAt(service, port));
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
function entryPointsAt(service: StackService, port: PublishedPort): EntryPoint[] {
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
): Pick<EntryPoint, 'protocol' | 'path' | 'rank' | 'how'> {
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

/** True where a plain request for `/` may tell more than a guess by number: that this port speaks HTTP, or that nobody knows. */
export function isWorthALook(service: StackService, port: PublishedPort): boolean {
  if (port.protocol !== 'tcp') return false;
  return spokenTo(service, port).protocol === 'http' || !isKnown(service, port);
}

/** Whether its number or its image says what is spoken there. */
function isKnown(service: StackService, { target }: PublishedPort): boolean {
  const known = [...DEBUG_PORTS, ...TLS_PORTS, ...OTHER_PORTS];
  return knownImage(service) !== null || service.password || known.includes(target);
}

/** Where programs usually speak HTTP, by custom. */
function isHttpPort(port: number): boolean {
  return (
    (port === 80 || (port >= 3000 && port <= 5999) || (port >= 7000 && port <= 9099)) &&
    !OTHER_PORTS.includes(port)
  );
}
