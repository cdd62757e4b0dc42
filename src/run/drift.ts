/**
 * What became of a target since its fault was recorded: the journal held against what the engine shows now. Pure; compares
 * two looks at it. The identity of an incarnation tells whether it was restarted in between.
 */
import type { Reading } from '../fault/effect.ts';
import { type Instance, type InstanceRow, isDown, label } from '../fault/instance.ts';
import type { Fault, Standing } from './run.ts';

export type Finding =
  /** As the journal says: the fault can be seen on the target. */
  | 'in_force'
  /** The intent is recorded, and the target is untouched. */
  | 'not_done'
  /** Undone without us: it runs, or runs again. */
  | 'restarted'
  /** Restarted without us before the time of the fault was up, which it is by now. */
  | 'cut_short'
  /** Undone by the target's own restart policy, as this kind of fault expects. */
  | 'revived'
  | 'undone'
  /** Undone by us; what is left is the proof. */
  | 'recovering'
  /** Another container has its place (`docker compose up --force-recreate`). */
  | 'recreated'
  /** Gone, and its owner has made another in its place, as owners do. */
  | 'replaced'
  /** Gone, and its owner has not made another yet. */
  | 'missing'
  /** Gone, and nothing has its place. */
  | 'removed'
  /** In some third state. */
  | 'changed'
  /** Somebody else has made something else of it since, which is left alone. */
  | 'overruled'
  /** The engine of this gameday has no such ability. */
  | 'unknown';

export interface Drift {
  target: string;
  finding: Finding;
  /** For people; empty when all is as recorded. */
  text: string;
  /** What came of it beside what was meant, as a sentence. */
  note?: string;
}

export interface Seen {
  /** The recorded target as it is by now; null: gone. */
  now: Instance | null;
  /** Of the fault's effect on it; null where it is gone, or where no ability could read it. */
  reading: Reading | null;
  /** What has its service and number instead. */
  successor: InstanceRow | null;
}

export function drift(fault: Fault, target: Instance, seen: Seen, nowMs: number): Drift {
  const { now, reading, successor } = seen;
  const name = label(target);
  const say = (finding: Finding, text: string): Drift => ({ target: name, finding, text });
  if (now === null) return goneDrift(fault, target, successor, nowMs);
  const recovering = () => say('recovering', `gameday has undone it; ${name} is ${now.state}`);
  if (reading === null)
    return say('unknown', `nobody here can tell whether ${name} is still ${fault.words.done}`);
  if (reading.state === 'in_force') {
    if (reading.instead !== undefined) return say('in_force', `${name}: ${reading.instead}`);
    // A fault that leaves it running, and it does not run: a limit on its memory may have ended it.
    return {
      ...say('in_force', isDown(now.state) && !isLifecycle(fault) ? stateOf(now) : ''),
      ...(reading.note !== undefined && { note: reading.note }),
    };
  }
  // One that cannot be reached does not say whether it was.
  const isRestarted = now.incarnation !== null && now.incarnation !== target.incarnation;
  if (reading.instead !== undefined) return say('overruled', `${name}: ${reading.instead}`);
  if (reading.state === 'altered') {
    return say(
      'changed',
      isRestarted ? `${name} was restarted and is ${now.state} now` : stateOf(now),
    );
  }
  if (reading.expected)
    return say(
      'revived',
      `${name} was brought back by its restart policy "${target.restarted_by}"`,
    );
  // A whole workload, some of which is on its way.
  if (now.state === 'incomplete' && isOurUndo(fault, nowMs)) return recovering();
  if (now.state !== 'running') return say('changed', stateOf(now));
  if (isRestarted && isCutShort(fault, now, nowMs))
    return say(
      'cut_short',
      `somebody restarted ${name} at ${now.started_at}, before the limit of the fault`,
    );
  if (isOurUndo(fault, nowMs)) return recovering();
  if (isRestarted) return say('restarted', restartOf(target, now));
  if (fault.phase === 'injecting')
    return say('not_done', `${name} is untouched: the fault did not happen`);
  return say('undone', `${name} runs: somebody undid the fault`);
}

function goneDrift(
  fault: Fault,
  target: Instance,
  successor: InstanceRow | null,
  nowMs: number,
): Drift {
  const name = label(target);
  const { owner } = target;
  const say = (finding: Finding, text: string): Drift => ({ target: name, finding, text });
  if (owner !== undefined)
    return successor
      ? say(
          'replaced',
          `${owner} has replaced ${name} by ${successor.name}, which is ${successor.state}`,
        )
      : say('missing', `${name} is gone, and ${owner} has not made another yet`);
  if (isRemoval(fault) && !successor) return say('in_force', '');
  if (isRemoval(fault) && successor && isOurUndo(fault, nowMs))
    return say('recovering', `gameday has made ${name} anew; it is ${successor.state}`);
  const id = target.id.slice(0, 12);
  return successor
    ? say(
        'recreated',
        `${name} was recreated as ${successor.id.slice(0, 12)}, which is ${successor.state}`,
      )
    : say('removed', `${name} (${id}) was removed, and nothing has its place`);
}

function restartOf(target: Instance, now: Instance): string {
  const isByPolicy = now.restarted_by !== null && now.restart_count > target.restart_count;
  return isByPolicy
    ? `${label(target)} ended, and its restart policy "${now.restarted_by}" started it again at ${now.started_at}`
    : `somebody restarted ${label(target)} at ${now.started_at}`;
}

function stateOf(now: Instance): string {
  const memory = now.oom_killed ? ', out of memory' : '';
  const code = now.exit_code === null ? '' : ` (exit code ${now.exit_code}${memory})`;
  return `${label(now)} is ${now.state}${code}`;
}

/** That the target is not there is what was meant. */
export function isRemoval({ effects }: Pick<Fault, 'effects'>): boolean {
  return effects.some(({ on }) => on === 'existence');
}

function isLifecycle({ effects }: Fault): boolean {
  return effects.some(({ on }) => on === 'lifecycle');
}

/** An undo of ours has begun, or the watchdog did it when the time of the fault was up. */
function isOurUndo({ phase, deadline }: Fault, nowMs: number): boolean {
  if (phase === 'recovering' || phase === 'unverified') return true;
  return phase === 'injected' && deadline !== null && Date.parse(deadline) <= nowMs;
}

/** What is a little too early may be the difference of two clocks. */
const CLOCKS_MS = 1000;

function isCutShort({ phase, deadline }: Fault, { started_at }: Instance, nowMs: number): boolean {
  if (phase !== 'injected' || deadline === null || started_at === null) return false;
  const limit = Date.parse(deadline);
  return limit <= nowMs && Date.parse(started_at) < limit - CLOCKS_MS;
}

/** The instance that has the place of a target which is gone. One that was there before the fault is no successor of it. */
export function successorOf(
  target: Instance,
  rows: readonly InstanceRow[],
  before: readonly Standing[] = [],
): InstanceRow | null {
  const { id, service, number, owner } = target;
  const old = new Set([id, ...before.map((each) => each.id)]);
  const found = rows.filter((row) => row.untouchable === null && !old.has(row.id));
  const same = found.find((row) => row.service === service && row.number === number);
  // An owner does not keep numbers: any new one of it has the place.
  return same ?? found.find((row) => owner !== undefined && row.owner === owner) ?? null;
}

export interface Fallen {
  service: string;
  target: string;
  /** `removed` where nothing has its place; a few words where it runs and is not as before. */
  state: string;
}

/**
 * Instances that ran before the fault and do not run now, without being one of its targets or disturbed by another live fault.
 * `wholes`: services that another one holds as a whole.
 */
export function fallen(
  fault: Fault,
  rows: readonly InstanceRow[],
  held: ReadonlyMap<string, string>,
  wholes: ReadonlySet<string> = new Set(),
): Fallen[] {
  const targets = new Set(fault.targets.map(({ id }) => id));
  const placeOf = ({ service, number }: Standing) => `${number} ${service}`;
  const byPlace = Map.groupBy(rows, placeOf);
  return fault.before.flatMap((was) => {
    if (held.has(was.id) || targets.has(was.id) || wholes.has(was.service)) return [];
    const its = byPlace.get(placeOf(was)) ?? [];
    if (its.some(({ state }) => state === 'running')) return [];
    return [{ service: was.service, target: label(was), state: its[0]?.state ?? 'removed' }];
  });
}

/** What runs now, ran before the fault, and has the network of one of its targets instead of one of its own. */
export function sharers(
  fault: Fault,
  rows: readonly InstanceRow[],
  held: ReadonlyMap<string, string>,
): { row: InstanceRow; owner: Instance }[] {
  return rows.flatMap((row) => {
    if (!row.network_of) return [];
    const owner = fault.targets.find(({ id }) => id === row.network_of);
    const ran = fault.before.some(({ id }) => id === row.id);
    return owner && ran && row.state === 'running' && !held.has(row.id) ? [{ row, owner }] : [];
  });
}

/**
 * A network ends with the life of its owner, and nobody moves to the next one: what was started in the life that the fault
 * ended has a network that leads nowhere until it is started again. `now`: the owner; null: gone. Null: it is none of these.
 */
export function cutOff(owner: Instance, now: Instance | null, sharer: Instance): Fallen | null {
  const startOf = ({ started_at }: Instance) => Date.parse(started_at ?? '');
  const its = startOf(sharer);
  const isOfThatLife = startOf(owner) <= its && (now === null || its < startOf(now));
  if (!isOfThatLife) return null;
  const state = `cut off (it has the network that ${label(owner)} had before the fault)`;
  return { service: sharer.service, target: label(sharer), state };
}
