/**
 * What drafting a story knows of a stack, as plain data: `engine/compose/compose-model.ts` makes it of Compose files, and the
 * outline of an engine of what runs on a cluster.
 * Lacks on purpose: environment values, command lines and labels, which may hold secrets and say nothing about a first story.
 */

/** One port of the stack that can be reached from this machine. */
export interface PublishedPort {
  /** As it stands in a URL: `127.0.0.1`, `[::1]`, an address of this machine. */
  host: string;
  port: number;
  /** The last one of a range that instances share; `port` where there is no range. */
  lastPort: number;
  /** Inside the container. */
  target: number;
  protocol: 'tcp' | 'udp';
  /** What answered when it was asked for `/`: the status of an HTTP answer, `other` for anything else; absent: nothing is known. */
  seen?: number | 'other';
}

export interface StackService {
  name: string;
  /** Null where it is built. */
  image: string | null;
  /** Image or build, as one text: services that run the same have the same. */
  origin: string;
  replicas: number;
  ports: PublishedPort[];
  /** Null where it has no health check, or one that is switched off. */
  health: HealthCheck | null;
  /** Shares the network of this machine, so that its ports are this machine's. */
  hostNetwork: boolean;
  /** The service whose network it has instead of one of its own, so that its ports are published there; else null. */
  networkOf: string | null;
  /** The policy's name: `no`, `always`, `on-failure`, `unless-stopped`. */
  restart: string;
  /** Service -> what is waited for (`service_started`, `service_healthy`, `service_completed_successfully`); links count as well. */
  dependsOn: Record<string, string>;
  /** Has a named or anonymous volume. */
  volumes: boolean;
  /** Asks for a password by its command line: a plain connection is not enough to load it. */
  password: boolean;
  /** By which name and path a router (Traefik, by its labels) sends requests to it; null where none says so. */
  route: { host: string; path: string | null } | null;
  /** Made for a task, not for a service (`deploy.mode: replicated-job`). */
  jobMode: boolean;
  /** Of a cluster that has one instance on each node; absent: it does not. */
  perNode?: true;
}

export interface HealthCheck {
  /** The first URL in its test, cut down to scheme, port and path: query and userinfo may hold secrets. Null where there is none. */
  url: { protocol: 'http:' | 'https:'; port: number; path: string } | null;
  intervalMs: number;
  retries: number;
  startPeriodMs: number;
}

export interface StackModel {
  /** The Compose project. */
  name: string;
  services: StackService[];
  /** Profiles that had to be switched on, since nothing runs without one. */
  profiles: string[];
  /** On a cluster, which has another instance in the place of one that is gone, and never that one itself; absent: it is started again. */
  replaces?: true;
}
