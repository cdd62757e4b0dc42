/**
 * What an engine says of the things it runs, as plain data. These shapes stand in the journal, so they are
 * snake_case like the story file, and a change of them is a change of the journal's version.
 * Lacks on purpose: environment values and full command lines (they may hold secrets).
 */
import * as v from 'valibot';

export const STATES = [
  'running',
  'paused',
  'restarting',
  'exited',
  'created',
  'removing',
  'dead',
] as const;
export const HEALTHS = ['healthy', 'unhealthy', 'starting', 'none'] as const;

const EndpointSchema = v.object({
  network_id: v.string(),
  aliases: v.array(v.string()),
  ipv4: v.nullable(v.string()),
});

/** One row of a stack listing: cheap, one engine call for all of them. */
export interface InstanceRow {
  /** Full container id; for a process, `service-number`. */
  id: string;
  /** What the engine calls it: the container's name. Shown, never searched. */
  name: string;
  project: string;
  service: string;
  /** Compose's container number, from 1. */
  number: number;
  state: (typeof STATES)[number];
  health: (typeof HEALTHS)[number];
  /** Why no fault may be done to it (a one-off container, a swarm task), else null. */
  untouchable: string | null;
}

/** One instance looked at closely: everything needed to undo a fault and to tell later what became of it. */
export const InstanceSchema = v.object({
  id: v.string(),
  name: v.string(),
  project: v.string(),
  service: v.string(),
  number: v.number(),
  state: v.picklist(STATES),
  health: v.picklist(HEALTHS),
  /** ISO time by the engine's clock; identifies this incarnation: another value means that somebody restarted it. */
  started_at: v.nullable(v.string()),
  finished_at: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  exit_code: v.nullable(v.number()),
  oom_killed: v.boolean(),
  restart_count: v.number(),
  restart_policy: v.object({ name: v.string(), maximum_retry_count: v.number() }),
  /** Network name -> endpoint. Empty for processes. */
  networks: v.record(v.string(), EndpointSchema),
  /** ISO time by the engine's clock of the first failed look of the present run of failed health checks, if any. */
  unhealthy_since: v.nullable(v.string()),
  untouchable: v.nullable(v.string()),
});

export type Instance = v.InferOutput<typeof InstanceSchema>;

/** What can be asked of an engine about one instance. Each is idempotent: asking for what is already so succeeds. */
export const OPERATIONS = ['kill', 'stop', 'pause', 'crash', 'start', 'unpause'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** `redis-2`: short, as Compose names it in its own logs. Not unique across projects; the id is. */
export function label(instance: Pick<Instance, 'service' | 'number'>): string {
  return `${instance.service}-${instance.number}`;
}
