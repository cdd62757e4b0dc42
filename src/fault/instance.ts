/**
 * What an engine says of the things it runs, as plain data. These shapes stand in the journal, so they are
 * snake_case like the story file, and a change of them is a change of the journal's version.
 * Lacks on purpose: environment values and full command lines (they may hold secrets).
 */
import * as v from 'valibot';

/** What we know of states; an engine may know others, which are kept and shown as it says them. */
export const STATES = [
  'running',
  'paused',
  'restarting',
  'exited',
  'created',
  'removing',
  'dead',
] as const;
export type State = (typeof STATES)[number] | (string & {});

export const HEALTHS = ['healthy', 'unhealthy', 'starting', 'none'] as const;

/** One row of a stack listing: cheap, one engine call for all of them. */
export const InstanceRowSchema = v.object({
  /** Full container id; for a process, `service-number`. */
  id: v.string(),
  /** What the engine calls it: the container's name. Shown, never searched. */
  name: v.string(),
  project: v.string(),
  service: v.string(),
  /** Its place among the instances of the service, from 1; 0: it is the service itself. Of a node: its place among the nodes. */
  number: v.number(),
  state: v.pipe(
    v.string(),
    v.transform((state): State => state),
  ),
  health: v.picklist(HEALTHS),
  /** Why no fault may be done to it (a one-off container, a swarm task), else null. */
  untouchable: v.nullable(v.string()),
  /** What makes another in its place when it is gone (`Deployment web`); absent: nobody, so that it is to be started again. */
  owner: v.optional(v.string()),
  /** The machine of a cluster that it runs on; absent: there is but one. */
  node: v.optional(v.string()),
});
export interface InstanceRow extends v.InferOutput<typeof InstanceRowSchema> {
  /** When it was made, ISO; a restart leaves it as it is. Of a listing alone. */
  made_at?: string | null;
  /** Why it is protected until somebody overrules that, as a sentence; absent: it is not, by itself. Of a listing alone. */
  protected_because?: string;
  /** Of a listing alone: labels may hold secrets, so that the journal has none. */
  labels?: Readonly<Record<string, string>>;
  /** Services with each of which Compose restarts it (`depends_on: { db: { restart: true } }`); an engine does not. Of a listing alone. */
  restarts_with?: readonly string[];
  /** Id of the instance whose network it has instead of one of its own. Of a listing alone. */
  network_of?: string | null;
}

/** One instance looked at closely: everything needed to undo a fault and to tell later what became of it. */
export const InstanceSchema = v.object({
  ...InstanceRowSchema.entries,
  /** Equal for two looks exactly when it has not been restarted in between; null while it has never run. */
  incarnation: v.nullable(v.string()),
  /** ISO times by the engine's clock. */
  started_at: v.nullable(v.string()),
  finished_at: v.nullable(v.string()),
  exit_code: v.nullable(v.number()),
  oom_killed: v.boolean(),
  restart_count: v.number(),
  /** The policy by which the engine starts it again when it crashes: `always`; null: it does not. */
  restarted_by: v.nullable(v.string()),
  /** ISO time by the engine's clock of the first failed look of the present run of failed health checks, if any. */
  unhealthy_since: v.nullable(v.string()),
  /** How long after a start its health check may take at most until it says healthy; null: it has none, or nobody knows. */
  healthy_within_ms: v.nullable(v.number()),
  /** Services that have to be there before it; they are started first. */
  depends_on: v.array(v.string()),
  /** What this engine alone has (a pid, networks), as evidence and for its own abilities. */
  record: v.record(v.string(), v.unknown()),
});
export type Instance = v.InferOutput<typeof InstanceSchema>;

/** Of what is no container and no process, or one that cannot be looked at. */
export const NOTHING_KNOWN = {
  incarnation: null,
  started_at: null,
  finished_at: null,
  exit_code: null,
  oom_killed: false,
  restart_count: 0,
  restarted_by: null,
  unhealthy_since: null,
  healthy_within_ms: null,
  depends_on: [],
} satisfies Partial<Instance>;

/** A node or a whole service: as it is listed. `record`: what its ability needs to undo a fault. */
export function instanceOfRow(row: InstanceRow, record: Instance['record']): Instance {
  const { labels: _labels, made_at: _madeAt, protected_because: _why, ...rest } = row;
  return { ...NOTHING_KNOWN, ...rest, record };
}

/** Its processes are there, be they frozen. */
export function isUp({ state }: Pick<Instance, 'state'>): boolean {
  return state === 'running' || state === 'paused';
}

/** It exists and does not run, and nothing is about to start it. */
export function isDown(state: State): boolean {
  return state === 'exited' || state === 'created' || state === 'dead';
}

/** `redis-2`: short, as Compose names it in its own logs; `redis` is the whole service. Not unique across projects; the id is. */
export function label({ service, number }: Pick<Instance, 'service' | 'number'>): string {
  return number === 0 ? service : `${service}-${number}`;
}

/** `2 of 3 instances are running`. */
export function countRunning(rows: readonly Pick<InstanceRow, 'state'>[]): string {
  const running = rows.filter(({ state }) => state === 'running').length;
  return `${running} of ${rows.length} ${rows.length === 1 ? 'instance is' : 'instances are'} running`;
}
