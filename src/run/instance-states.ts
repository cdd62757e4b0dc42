/**
 * What was seen of the instances over time: a line where a state, a health or an incarnation changed, and marks that say that
 * somebody looks. What nobody looked at is not known; it is never taken for unchanged. Pure; `journal/state-log.ts` keeps it.
 */
import * as v from 'valibot';
import { HEALTHS, type InstanceRow, label } from '../fault/instance.ts';

/** The watchdog says at least so often that it still looks. */
export const LOOKING_MS = 15_000;
/** After so long without a word, nobody knows how the instances stand. */
export const WATCHED_MS = 20_000;

const StateSchema = v.object({
  /** ISO, by the clock of the machine that looked. */
  at: v.string(),
  /** `redis-2`; not unique over time, the id is. */
  instance: v.string(),
  id: v.string(),
  service: v.string(),
  /** As the engine says it; `gone`: a whole listing did not have it any more. */
  state: v.string(),
  health: v.picklist(HEALTHS),
  /** Start of this life by the engine's clock; null: nobody has looked closely enough. */
  incarnation: v.nullable(v.string()),
});
const MarkSchema = v.object({
  at: v.string(),
  /** Somebody begins to look every second, still looks, or no longer looks. */
  note: v.picklist(['begin', 'alive', 'end']),
  pid: v.number(),
});
const LineSchema = v.union([StateSchema, MarkSchema]);

export type InstanceState = v.InferOutput<typeof StateSchema>;
export type LookMark = v.InferOutput<typeof MarkSchema>;
export type StateLine = InstanceState | LookMark;

/** What one look saw. `incarnation` is left out by a look that cannot tell it. */
export type Observed = Pick<InstanceRow, 'id' | 'service' | 'number' | 'state' | 'health'> & {
  incarnation?: string | null;
};

/** How the instances stood when somebody last looked. */
export interface KnownStates {
  /** By id, in the order in which they were first seen; those that are gone are among them. */
  instances: ReadonlyMap<string, InstanceState>;
  /** ISO: of the newest line; null: nobody has looked. */
  at: string | null;
  /** Somebody said that he looks every second, and has not said that he ended. */
  watched: boolean;
}

export const NOTHING_SEEN: KnownStates = { instances: new Map(), at: null, watched: false };

/** Null for what is no line of such a file. */
export function parseStateLine(text: string): StateLine | null {
  try {
    const result = v.safeParse(LineSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** Several write: a line that is older than what is known of its instance changes nothing. */
export function foldStates(before: KnownStates, lines: readonly StateLine[]): KnownStates {
  if (lines.length === 0) return before;
  const instances = new Map(before.instances);
  let { at, watched } = before;
  for (const line of lines) {
    if ('note' in line) watched = line.note !== 'end';
    else if (line.at >= (instances.get(line.id)?.at ?? '')) instances.set(line.id, line);
    if (at === null || line.at > at) at = line.at;
  }
  return { instances, at, watched };
}

/** Whether what was seen last may be taken for what is so now. `nowMs`: epoch. */
export function isFresh({ at, watched }: KnownStates, nowMs: number): boolean {
  return watched && at !== null && nowMs - Date.parse(at) <= WATCHED_MS;
}

/** What has to be written after a look. `isWhole`: what it did not see is not there. */
export function changesOf(
  { instances }: KnownStates,
  seen: readonly Observed[],
  at: string,
  isWhole: boolean,
): InstanceState[] {
  const changes = seen.flatMap((each): InstanceState[] => {
    const known = instances.get(each.id) ?? null;
    const now: InstanceState = {
      at,
      instance: label(each),
      id: each.id,
      service: each.service,
      state: each.state,
      health: each.health,
      incarnation:
        each.incarnation ?? (known && isSameLife(known, each) ? known.incarnation : null),
    };
    const isSame =
      known !== null &&
      known.state === now.state &&
      known.health === now.health &&
      known.incarnation === now.incarnation;
    return isSame ? [] : [now];
  });
  if (!isWhole) return changes;
  const ids = new Set(seen.map(({ id }) => id));
  const gone = [...instances.values()].filter(({ id, state }) => state !== 'gone' && !ids.has(id));
  return [
    ...changes,
    ...gone.map((each) => ({ ...each, at, state: 'gone', health: 'none' }) as const),
  ];
}

/** As far as states alone can tell: what did not run and runs now has begun a new life. */
function isSameLife(known: InstanceState, now: Observed): boolean {
  const lives = (state: InstanceState['state']) => state === 'running' || state === 'paused';
  return lives(known.state) || !lives(now.state);
}
