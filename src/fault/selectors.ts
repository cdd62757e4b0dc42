/**
 * Which instances a fault falls on. Targets are matched by service label and number, or by a whole id or name that the
 * story's own program printed: never by a piece of a name. Matching nothing is an error that says what exists.
 */

import { closest } from '../terms/closest.ts';
import type { Command } from '../terms/command.ts';
import { Refusal } from '../terms/outcomes.ts';
import { seededRandom } from '../terms/random.ts';
import { type InstanceRow, label } from './instance.ts';

/** Which of the matching instances are hit. */
export type Pick =
  | { by: 'random' }
  | { by: 'all' }
  /** A program that prints the wanted instance: a service, `service-number`, a container name or an id (prefix of 12+). */
  | { by: 'command'; command: Command };

/** Which instances a fault may fall on. */
export interface Selector {
  /** A service, or `service-number` for one instance; null: any service of the stack. */
  service: string | null;
  pick: Pick;
  /** How many of them; ignored by `all`. */
  count: number;
  /** Makes `random` repeatable; null: a new one each time, which the journal records. */
  seed: number | null;
}

export interface SelectorContext {
  project: string;
  protect: readonly string[];
  /** Instance id -> id of the live fault that holds what this one would hold. */
  held: ReadonlyMap<string, string>;
  /** How many instances live faults disturb already. */
  disturbed: number;
  /** Most targets that may be broken at once; null: no limit. */
  maxTargets: number | null;
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
      'Start the stack first, for example with `docker compose up -d`.',
    );
  }
  const free = allowed(candidates(rows, selector, context), selector, context);
  const { pick, count } = selector;
  // Fewer than were asked for would be another experiment than the one that was meant.
  if (pick.by === 'random' && count > free.length) {
    const [are, them] = free.length === 1 ? ['is', 'it'] : ['are', 'them'];
    throw new Refusal(
      'no_target',
      `Asked for ${count} targets; only ${free.length} ${are} available: ${free.map(label).join(', ')}.`,
      `Ask for ${them} alone, or start more.`,
    );
  }
  const chosen = pick.by === 'all' ? free : draw(free, Math.max(1, count), context.seed);
  const limit = context.maxTargets;
  if (limit !== null && context.disturbed + chosen.length > limit) {
    const already = context.disturbed
      ? ` beside ${context.disturbed} that ${context.disturbed === 1 ? 'is' : 'are'} broken already`
      : '';
    throw new Refusal(
      'blast_radius',
      `${chosen.map(label).join(', ')}: ${chosen.length} ${chosen.length === 1 ? 'target' : 'targets'}${already} would exceed blast_radius.max_targets, which is ${limit}.`,
      context.disturbed > 0
        ? 'fault recover'
        : 'Choose fewer targets, or raise blast_radius.max_targets in the story.',
    );
  }
  return chosen;
}

function candidates(
  rows: readonly InstanceRow[],
  selector: Selector,
  context: SelectorContext,
): InstanceRow[] {
  const scope = selector.service === null ? [...rows] : byService(rows, selector.service);
  return context.printed === null ? scope : [byPrinted(scope, context.printed)];
}

function byService(rows: readonly InstanceRow[], name: string): InstanceRow[] {
  const whole = rows.filter((row) => row.service === name);
  if (whole.length > 0) return whole;
  const one = rows.filter((row) => label(row) === name);
  if (one.length > 0) return one;
  const services = [...new Set(rows.map((row) => row.service))];
  const near = closest(name, [...services, ...rows.map(label)]);
  const hint = near ? `Did you mean \`${near}\`?` : 'Name one of them, or none for any.';
  throw new Refusal(
    'no_target',
    `No service is called "${name}"; there are ${services.join(', ')}.`,
    hint,
  );
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

/** Drops what must not be hit; when nothing is left, says why for the first of them. */
function allowed(rows: InstanceRow[], selector: Selector, context: SelectorContext): InstanceRow[] {
  const named = selector.service !== null || context.printed !== null;
  const unprotected = rows.filter((row) => !context.protect.includes(row.service));
  if (unprotected.length === 0 || (named && unprotected.length < rows.length)) {
    const services = [
      ...new Set(
        rows.filter((row) => context.protect.includes(row.service)).map((row) => row.service),
      ),
    ].join(', ');
    throw new Refusal(
      'protected',
      `The story protects ${services}.`,
      'Choose another service, or take it off `protect` in the story.',
    );
  }
  const running = unprotected.filter((row) => row.state === 'running');
  if (running.length === 0) {
    const held = unprotected.filter((row) => context.held.has(row.id));
    if (held.length > 0) throw heldRefusal(held, context);
    const states = unprotected.map((row) => `${label(row)} is ${row.state}`).join(', ');
    throw new Refusal(
      'no_target',
      `No running instance matches: ${states}.`,
      'Start it first, for example with `docker compose up -d`.',
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
  return free;
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

/** `count` different rows by a seeded shuffle; the listing order is kept. */
function draw(rows: InstanceRow[], count: number, seed: number): InstanceRow[] {
  const order = rows.map((_, index) => index);
  const next = seededRandom(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const hit = new Set(order.slice(0, count));
  return rows.filter((_, index) => hit.has(index));
}
