/**
 * What the engine's JSON means, as the story's plain data: rows of a listing and instances. Pure.
 * Lacks on purpose: every field that may hold a secret (environment, command line, mounts).
 */

import type { HEALTHS, Instance, InstanceRow, State } from '../../fault/instance.ts';
import type { InspectedContainer, Labels, ListedContainer } from './docker-answers.ts';

/** In billionths of a processor, microseconds, and bytes. */
export interface ContainerLimits {
  nano_cpus: number;
  cpu_period: number;
  cpu_quota: number;
  memory: number;
  memory_swap: number;
}

/** What only a container has, in `record` of its instance. */
export type ContainerRecord = {
  pid: number | null;
  restart_policy: string;
  /** What it says itself of the time from SIGTERM to SIGKILL; below 0: no end. */
  stop_timeout_s: number | null;
  /** Whose network it has: `host`, `none`, `container:ID`, or the name of a network; empty where the engine does not say. */
  network_mode: string;
  /** As the engine has them; 0 and below: none. */
  resources: ContainerLimits;
  networks: Record<string, { network_id: string; aliases: string[]; ipv4: string | null }>;
};

/** Policies under which the engine starts a crashed container again. */
const RESTARTS = ['always', 'unless-stopped', 'on-failure'];
/** What the engine takes for interval and time-out of a health check that names none. */
const HEALTH_MS = 30_000;

export const PROJECT_LABEL = 'com.docker.compose.project';
export const DEPENDS_LABEL = 'com.docker.compose.depends_on';
const ONE_OFF_LABEL = 'com.docker.compose.oneoff';
const SWARM_LABEL = 'com.docker.swarm.task';

/** `own` is the id of the container that we run in, or a prefix of it; null outside of one. */
export function rowOf(container: ListedContainer, own: string | null): InstanceRow {
  const labels = container.Labels ?? {};
  const state = stateOf(container.State);
  return {
    ...identityOf(container.Id, labels, own),
    // Links of a v1 stack give a container further names, with a slash within.
    name: nameOf(
      container.Names?.find((name) => name.lastIndexOf('/') === 0) ?? container.Names?.[0],
    ),
    state,
    health: healthOf(
      state,
      container.Health?.Status ?? /\((?:health: )?(\w+)\)$/.exec(container.Status ?? '')?.[1],
    ),
    restarts_with: dependencies(labels[DEPENDS_LABEL])
      .filter(({ restarts }) => restarts)
      .map(({ service }) => service),
    made_at: container.Created ? new Date(container.Created * 1000).toISOString() : null,
    labels,
  };
}

/** Id of the container whose network it has; null: it has its own, or that of the machine, which nobody's end takes away. */
export function networkOwner(
  container: ListedContainer,
  all: readonly ListedContainer[],
): string | null {
  const modeOf = ({ HostConfig }: ListedContainer) => HostConfig?.NetworkMode ?? '';
  const id = /^container:(.+)$/.exec(modeOf(container))?.[1] ?? null;
  const owner = all.find(({ Id }) => Id === id);
  return owner && modeOf(owner) === 'host' ? null : id;
}

/** True where the listing cannot tell the health: before API 1.52 its text says "Paused" in that place. */
export function hidesHealth(container: ListedContainer): boolean {
  return container.State === 'paused' && !container.Health;
}

export function instanceOf(container: InspectedContainer, own: string | null): Instance {
  const { Id, State, Config, HostConfig } = container;
  const state = stateOf(State.Status);
  const health = healthOf(state, State.Health?.Status);
  const isAlive = state === 'running' || state === 'paused';
  const started_at = timeOf(State.StartedAt);
  const policy = HostConfig.RestartPolicy?.Name || 'no';
  const neverRan = started_at === null && !State.ExitCode;
  return {
    ...identityOf(Id, Config.Labels ?? {}, own),
    name: nameOf(container.Name),
    state,
    health,
    incarnation: started_at,
    started_at,
    // The engine keeps the end of the life before this one.
    finished_at: isAlive ? null : timeOf(State.FinishedAt),
    exit_code: isAlive || neverRan ? null : (State.ExitCode ?? null),
    oom_killed: State.OOMKilled ?? false,
    restart_count: container.RestartCount ?? 0,
    restarted_by: RESTARTS.includes(policy) ? policy : null,
    unhealthy_since: health === 'unhealthy' ? unhealthySince(State) : null,
    healthy_within_ms: healthyWithinMs(Config),
    depends_on: dependencies(Config.Labels?.[DEPENDS_LABEL]).map(({ service }) => service),
    record: {
      pid: isAlive ? State.Pid || null : null,
      restart_policy: policy,
      stop_timeout_s: Config.StopTimeout ?? null,
      network_mode: HostConfig.NetworkMode ?? '',
      resources: {
        nano_cpus: HostConfig.NanoCpus ?? 0,
        cpu_period: HostConfig.CpuPeriod ?? 0,
        cpu_quota: HostConfig.CpuQuota ?? 0,
        memory: HostConfig.Memory ?? 0,
        memory_swap: HostConfig.MemorySwap ?? 0,
      },
      networks: networksOf(container),
    } satisfies ContainerRecord,
  };
}

/** By service and number; one-off containers after the service's own. */
export function byServiceAndNumber(a: InstanceRow, b: InstanceRow): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  return (
    Number(a.untouchable !== null) - Number(b.untouchable !== null) ||
    a.number - b.number ||
    (a.id < b.id ? -1 : 1)
  );
}

function identityOf(id: string, labels: Labels, own: string | null) {
  return {
    id,
    project: labels[PROJECT_LABEL] ?? '',
    service: labels['com.docker.compose.service'] ?? '',
    number: Number.parseInt(labels['com.docker.compose.container-number'] ?? '', 10) || 1,
    untouchable: untouchableOf(id, labels, own),
  };
}

function untouchableOf(id: string, labels: Labels, own: string | null): string | null {
  if (own !== null && id.startsWith(own)) return 'the container that gameday itself runs in';
  if (labels[ONE_OFF_LABEL]?.toLowerCase() === 'true')
    return 'a one-off container of `docker compose run`';
  // A task that is started by hand becomes an orphan which the orchestrator does not know.
  if (Object.keys(labels).some((key) => key.startsWith(SWARM_LABEL)))
    return 'a task of a swarm, which replaces it by itself';
  return null;
}

function nameOf(name = ''): string {
  return name.replace(/^\//, '');
}

/** Podman's own words for what Docker calls otherwise. */
const SAME_STATES: Record<string, State> = {
  stopped: 'exited',
  stopping: 'running',
  initialized: 'created',
  configured: 'created',
};

/** A word that we do not know is kept as it is: it is shown, and stops only what needs to know it. */
function stateOf(word = ''): State {
  return SAME_STATES[word] ?? word;
}

/** Of a container that does not run, the engine says `unhealthy` or what it said last; nobody looks at it then. */
function healthOf(state: Instance['state'], word = 'none'): (typeof HEALTHS)[number] {
  if (state !== 'running' && state !== 'paused') return 'none';
  return word === 'healthy' || word === 'unhealthy' || word === 'starting' ? word : 'none';
}

function timeOf(text = ''): string | null {
  return text === '' || text.startsWith('0001-01-01') ? null : text;
}

/** From a start to the first healthy word at the latest, if its second check passes. */
function healthyWithinMs({ Healthcheck }: InspectedContainer['Config']): number | null {
  const test = Healthcheck?.Test ?? [];
  if (!Healthcheck || test.length === 0 || test[0] === 'NONE') return null;
  const ms = (nanoseconds: number | undefined, otherwise: number) =>
    nanoseconds ? nanoseconds / 1e6 : otherwise;
  const intervalMs = ms(Healthcheck.Interval, HEALTH_MS);
  const timeoutMs = Math.min(ms(Healthcheck.Timeout, HEALTH_MS), intervalMs);
  return Math.round(ms(Healthcheck.StartPeriod, 0) + 2 * intervalMs + timeoutMs);
}

/** `db:service_healthy:false,cache:service_started:true` */
function dependencies(label = ''): { service: string; restarts: boolean }[] {
  return label.split(',').flatMap((each) => {
    const [service, , restarts] = each.split(':');
    return service ? { service, restarts: restarts === 'true' } : [];
  });
}

function networksOf({ Id, NetworkSettings }: InspectedContainer): ContainerRecord['networks'] {
  const networks = Object.entries(NetworkSettings?.Networks ?? {}).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return Object.fromEntries(
    networks.map(([name, endpoint]) => [
      name,
      {
        network_id: endpoint?.NetworkID ?? '',
        // Before API 1.45 the engine puts the short id among those that somebody asked for.
        aliases: [...new Set(endpoint?.Aliases ?? [])]
          .filter((alias) => alias !== Id.slice(0, 12))
          .sort(),
        ipv4: endpoint?.IPAddress || null,
      },
    ]),
  );
}

/**
 * The beginning of the first check of the run of failed checks that lasts until now. The engine keeps five checks, so with
 * more than five failures this is the oldest it still knows; and it keeps those of earlier lives, which do not count.
 */
function unhealthySince({ StartedAt, Health }: InspectedContainer['State']): string | null {
  const startedMs = Date.parse(StartedAt ?? '');
  const log = (Health?.Log ?? []).filter((check) => Date.parse(check.Start) >= startedMs);
  return log.slice(log.findLastIndex((check) => check.ExitCode === 0) + 1)[0]?.Start ?? null;
}
