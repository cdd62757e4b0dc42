/**
 * Which instances a fault falls on. Targets are matched by service label and number, or by a whole id or name that the
 * story's own program printed: never by a piece of a name. Matching nothing is an error that says what exists.
 */
import type { Command } from '../terms/command.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Amount, amountOf } from './amount.ts';
import { drawAllowed, ranked } from './draw.ts';
import {
  type Guard,
  isProtected,
  type Production,
  protectedRefusal,
  refuseProduction,
  tooMuch,
} from './guards.ts';
import { type InstanceRow, label } from './instance.ts';
import { meantName } from './meant-name.ts';

/** Those picks of which a user says how many. */
export const COUNTED_PICKS = ['random', 'oldest', 'newest'] as const;

/** Which of the matching instances are hit. */
export type Pick =
  /** `oldest`, `newest`: made first, made last. */
  | { by: (typeof COUNTED_PICKS)[number] }
  | { by: 'all' }
  /** A program that prints the wanted instance: a service, `service-number`, a container name or an id (prefix of 12+). */
  | { by: 'command'; command: Command };

/** Which instances a fault may fall on. */
export interface Selector {
  /** A service, or `service-number` for one instance, or several of these; null: any service of the stack. */
  service: string | readonly string[] | null;
  pick: Pick;
  /** How many of them; a share is one of all that match. Ignored by `all` and `command`. */
  count: Amount;
  /** Makes `random` repeatable; null: a new one each time, which the journal records. */
  seed: number | null;
  /** Services and `service-number`s that are left out this time. */
  exclude: readonly string[];
  /** `service-number`s that chance takes last; left out: none. */
  avoid?: readonly string[];
  /** Guards that do not count this time. */
  overrule: readonly Guard[];
}

export interface SelectorContext {
  project: string;
  protect: readonly string[];
  /** Instance id -> id of the live fault that holds what this one would hold. */
  held: ReadonlyMap<string, string>;
  /** Instance id -> live fault, for all that live faults disturb already. */
  disturbed: ReadonlyMap<string, string>;
  /** Most targets that may be broken at once; null: no limit. */
  maxTargets: number | null;
  /** Most of one service; null: fewer than half, and one at least. */
  maxUnavailable: Amount | null;
  production: Production;
  /** The docker context and the address by which the engine is reached. */
  reachedBy: readonly string[];
  /** What a person types to start the stack; null: nothing does. */
  startCommand: string | null;
  /** What a person types to let go on what is paused; null: nothing does. */
  unpauseCommand: string | null;
  /** Used by `pick: random`; the same seed and rows give the same targets. */
  seed: number;
  /** What the command of `pick: command` printed; null for the other picks. */
  printed: string | null;
}

/** The rows that are hit, in listing order. Throws a Refusal that names the selector and what exists. */
export function select(
  rows: readonly InstanceRow[],
  selector: Selector,
  context: SelectorContext,
): InstanceRow[] {
  if (rows.length === 0) {
    throw new Refusal(
      'stack_down',
      `No instance of ${context.project} exists.`,
      `Start the stack first${example(context.startCommand)}.`,
    );
  }
  if (!selector.overrule.includes('production'))
    refuseProduction(rows, context.reachedBy, context.production);
  refuseUnknown(rows, selector.exclude);
  const { all, free } = allowed(candidates(rows, selector, context), selector, context);
  const { pick } = selector;
  const count = pick.by === 'all' ? free.length : amountOf(selector.count, all.length);
  // Fewer than were asked for would be another experiment than the one that was meant.
  if (pick.by !== 'command' && count > free.length) {
    const [are, them] = free.length === 1 ? ['is', 'it'] : ['are', 'them'];
    throw new Refusal(
      'no_target',
      `Asked for ${count} targets; only ${free.length} ${are} available: ${free.map(label).join(', ')}.`,
      `Ask for ${them} alone, or start more.`,
    );
  }
  const reach = { rows, ...context, overrule: selector.overrule };
  const order = ranked(free, selector, context.seed);
  const chosen =
    selector.service === null && pick.by === 'random'
      ? drawAllowed(order, count, (wanted) => tooMuch(wanted, reach) === null)
      : pick.by === 'command'
        ? order
        : order.slice(0, count);
  refuseMoreThan(context.maxTargets, chosen, context.disturbed);
  const refused = tooMuch(chosen, reach);
  if (refused) throw refused;
  return rows.filter((row) => chosen.includes(row));
}

const example = (command: string | null) =>
  command === null ? '' : `, for example with \`${command}\``;

/** None of these runs; each state has its own way back. */
function wayToRunning(rows: readonly InstanceRow[], context: SelectorContext): string {
  const are = (state: string) => rows.every((row) => row.state === state);
  if (are('paused')) return `Let it go on first${example(context.unpauseCommand)}.`;
  if (are('restarting')) return 'Wait until it stays up; why it does not, its log says.';
  return `Start it first${example(context.startCommand)}.`;
}

function refuseMoreThan(
  limit: number | null,
  chosen: readonly InstanceRow[],
  disturbed: SelectorContext['disturbed'],
): void {
  const count = chosen.filter(({ id }) => !disturbed.has(id)).length;
  if (limit === null || disturbed.size + count <= limit) return;
  const already =
    disturbed.size > 0
      ? ` beside ${disturbed.size} that ${disturbed.size === 1 ? 'is' : 'are'} broken already`
      : '';
  throw new Refusal(
    'blast_radius',
    `${chosen.map(label).join(', ')}: ${count} ${count === 1 ? 'target' : 'targets'}${already} would exceed blast_radius.max_targets, which is ${limit}.`,
    disturbed.size > 0
      ? 'fault recover'
      : 'Choose fewer targets, or raise blast_radius.max_targets in the story.',
  );
}

function candidates(
  rows: readonly InstanceRow[],
  selector: Selector,
  context: SelectorContext,
): InstanceRow[] {
  const named = namesOf(selector.service).flatMap((name) => byService(rows, name));
  const scope = rows.filter((row) => selector.service === null || named.includes(row));
  return context.printed === null ? scope : [byPrinted(scope, context.printed)];
}

/** As a list. */
export function namesOf(service: Selector['service']): readonly string[] {
  return service === null ? [] : [service].flat();
}

/** A name that is not there would leave out nothing, and what was meant would be hit. */
function refuseUnknown(rows: readonly InstanceRow[], exclude: readonly string[]): void {
  for (const name of exclude) byService(rows, name);
}

function byService(rows: readonly InstanceRow[], name: string): InstanceRow[] {
  const whole = rows.filter((row) => row.service === name);
  if (whole.length > 0) return whole;
  const one = rows.filter((row) => label(row) === name);
  if (one.length > 0) return one;
  const { why, next } = meantName(name, rows);
  throw new Refusal('no_target', why, next);
}

function byPrinted(rows: InstanceRow[], printed: string): InstanceRow {
  const word = printed.trim().split(/\s+/).at(-1) ?? '';
  const found = rows.filter(
    (row) =>
      row.id === word ||
      (word.length >= 12 && row.id.startsWith(word)) ||
      row.name === word ||
      label(row) === word ||
      row.service === word,
  );
  if (found.length === 1) return found[0] as InstanceRow;
  const said = word
    ? `"${word}", which is ${found.length ? 'more than one instance' : 'no instance of the stack'}`
    : 'nothing';
  throw new Refusal(
    'no_target',
    `The pick command printed ${said}; there are ${rows.map(label).join(', ')}.`,
    'It must print one service, service-number, container name or id.',
  );
}

/** Drops what must not be hit, of all that could be: `free` of `all`. When nothing is left, says why for the first of them. */
function allowed(
  found: InstanceRow[],
  { service, exclude, overrule }: Selector,
  context: SelectorContext,
): { all: InstanceRow[]; free: InstanceRow[] } {
  const rows = found.filter(
    (row) => ![row.service, label(row)].some((name) => exclude.includes(name)),
  );
  if (rows.length === 0)
    throw new Refusal(
      'no_target',
      `Everything that matches is excluded: ${exclude.join(', ')}.`,
      'Exclude less, or choose another service.',
    );
  const guarded = rows.filter(
    (row) => !overrule.includes('protected') && isProtected(row, context.protect),
  );
  const unprotected = rows.filter((row) => !guarded.includes(row));
  const isNamed = service !== null || context.printed !== null;
  if (unprotected.length === 0 || (isNamed && guarded.length > 0))
    throw protectedRefusal(guarded, context.protect);
  const running = unprotected.filter((row) => row.state === 'running');
  if (running.length === 0) {
    const held = unprotected.filter((row) => context.held.has(row.id));
    if (held.length > 0) throw heldRefusal(held, context);
    const states = unprotected.map((row) => `${label(row)} is ${row.state}`).join(', ');
    throw new Refusal(
      'no_target',
      `No running instance matches: ${states}.`,
      wayToRunning(unprotected, context),
    );
  }
  const touchable = running.filter((row) => row.untouchable === null);
  if (touchable.length === 0) {
    const [row] = running as [InstanceRow];
    throw new Refusal(
      'unsupported_target',
      `${label(row)} cannot be a target: ${row.untouchable}.`,
      'Choose another service.',
    );
  }
  const free = touchable.filter((row) => !context.held.has(row.id));
  if (free.length === 0) throw heldRefusal(touchable, context);
  return { all: unprotected.filter((row) => row.untouchable === null), free };
}

function heldRefusal(rows: InstanceRow[], context: SelectorContext): Refusal {
  const [row] = rows as [InstanceRow];
  const fault = context.held.get(row.id);
  return new Refusal(
    'already_faulted',
    `${label(row)} is held by the live fault ${fault}.`,
    `fault recover ${fault}`,
  );
}
