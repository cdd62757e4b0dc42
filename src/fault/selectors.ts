/**
 * Which instances a fault falls on: of those that are meant (`candidates.ts`), the ones that nothing protects, in the order and
 * number that were asked for. Matching nothing is an error that says what exists. Pure.
 */

import type { Command } from '../terms/command.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Amount, amountOf } from './amount.ts';
import { candidates, type Printed, rowsNamed } from './candidates.ts';
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

/** Those picks of which a user says how many. */
export const COUNTED_PICKS = ['random', 'oldest', 'newest'] as const;

/** Which of the matching instances are hit. */
export type Pick =
  /** `oldest`, `newest`: made first, made last. */
  | { by: (typeof COUNTED_PICKS)[number] }
  | { by: 'all' }
  /** Of each service that is meant, the one that leads it; how that is found out, the story says. */
  | { by: 'leader' }
  /** A program that prints the wanted instance: a service, `service-number`, a container name or an id (prefix of 12+). */
  | { by: 'command'; command: Command };

/** Which instances a fault may fall on. */
export interface Selector {
  /** A service, `service-number`, container name or id, or several of these; null: any service of the stack. */
  service: string | readonly string[] | null;
  /** Only what bears all of these: `name=value` or a name alone, `*` stands for anything. */
  labels: readonly string[];
  pick: Pick;
  /** How many of them; a share is one of all that match. Ignored by `all`, `leader` and `command`. */
  count: Amount;
  /** Makes `random` repeatable; null: a new one each time, which the journal records. */
  seed: number | null;
  /** Services, `service-number`s, container names and ids that are left out this time. */
  exclude: readonly string[];
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
  /** What was printed by the command of `pick: command`, or said of who leads; null for the other picks. */
  printed: readonly Printed[] | null;
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
  const excluded = excludedOf(rows, selector.exclude);
  const found = candidates(rows, selector, context.printed);
  const { all, free } = allowed(found, excluded, selector, context);
  const { pick } = selector;
  const isCounted = COUNTED_PICKS.some((by) => by === pick.by);
  const count = isCounted ? amountOf(selector.count, all.length) : free.length;
  // Fewer than were asked for would be another experiment than the one that was meant.
  if (count > free.length) {
    const [are, them] = free.length === 1 ? ['is', 'it'] : ['are', 'them'];
    throw new Refusal(
      'no_target',
      `Asked for ${count} targets; only ${free.length} ${are} available: ${free.map(label).join(', ')}.`,
      `Ask for ${them} alone, or start more.`,
    );
  }
  const reach = { rows, ...context, overrule: selector.overrule };
  const order = ranked(free, pick, context.seed);
  const chosen =
    pick.by === 'random' && !isNamed(selector, context)
      ? drawAllowed(order, count, (wanted) => tooMuch(wanted, reach) === null)
      : order.slice(0, count);
  refuseMoreThan(context.maxTargets, chosen, context.disturbed);
  const refused = tooMuch(chosen, reach);
  if (refused) throw refused;
  return rows.filter((row) => chosen.includes(row));
}

/** Not any service would do, so that nothing is passed over in silence. */
function isNamed({ service, labels }: Selector, { printed }: SelectorContext): boolean {
  return service !== null || labels.length > 0 || printed !== null;
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

/** A name that is not there would leave out nothing, and what was meant would be hit. */
function excludedOf(rows: readonly InstanceRow[], exclude: readonly string[]): InstanceRow[] {
  return exclude.flatMap((name) => rowsNamed(rows, name));
}

/** Drops what must not be hit, of all that could be: `free` of `all`. When nothing is left, says why for the first of them. */
function allowed(
  found: readonly InstanceRow[],
  excluded: readonly InstanceRow[],
  selector: Selector,
  context: SelectorContext,
): { all: InstanceRow[]; free: InstanceRow[] } {
  const { exclude, overrule } = selector;
  const rows = found.filter((row) => !excluded.includes(row));
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
  if (unprotected.length === 0 || (isNamed(selector, context) && guarded.length > 0))
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
