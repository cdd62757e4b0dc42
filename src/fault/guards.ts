/**
 * What stands between a fault and its targets: each guard says no in words, and has a word of its own by which it is
 * overruled. And what a choice of targets would leave of each service. Pure.
 */
import { type Code, Refusal } from '../terms/outcomes.ts';
import { type Amount, amountOf } from './amount.ts';
import { type InstanceRow, label } from './instance.ts';
import { borneLabel, matches } from './labels.ts';

/** The codes of their refusals, and the words that overrule them. */
export const GUARDS = [
  'protected',
  'last_healthy',
  'max_unavailable',
  'production',
  'shared_disk',
] as const;
export type Guard = (typeof GUARDS)[number];

/** By this label a stack itself says that a container is never a target. */
const PROTECT_LABEL = 'gameday.protect';

/** What looks like production, as the user says. Each is matched as a whole; `*` stands for anything. */
export interface Production {
  /** `env=prod*`; without `=` the label's name alone. */
  labels: readonly string[];
  /** Docker contexts, or addresses of an engine. */
  contexts: readonly string[];
}

/** What a choice leaves of one service that it hits. */
export interface Left {
  service: string;
  /** Its instances. */
  of: number;
  /** Those that run, are not unhealthy, and that no fault of ours disturbs. */
  untouched: number;
  /** More than half of them. */
  majority: boolean;
}

/** `disturbed`: ids of the instances that live faults disturb already. One for each service, in the order of the listing. */
export function leftOf(
  rows: readonly InstanceRow[],
  chosen: readonly InstanceRow[],
  disturbed: ReadonlyMap<string, string>,
): Left[] {
  return servicesIn(chosen).map((service) => {
    const all = instancesOf(rows, service);
    const untouched = all.filter((row) => isAvailable(row, disturbed) && !chosen.includes(row));
    const [of, count] = [all.length, untouched.length];
    return { service, of, untouched: count, majority: count * 2 > of };
  });
}

/** Throws Refusal `production`. */
export function refuseProduction(
  rows: readonly InstanceRow[],
  reachedBy: readonly string[],
  { labels, contexts }: Production,
): void {
  const by = reachedBy.find((each) => contexts.some((pattern) => matches(pattern, each)));
  if (by !== undefined)
    throw refusal(['production'], `The engine looks like production: it is reached by ${by}.`);
  for (const row of rows) {
    const found = labels.map((pattern) => borneLabel(row, pattern)).find(Boolean);
    if (found)
      throw refusal(
        ['production'],
        `The stack looks like production: ${label(row)} bears the label ${found}.`,
      );
  }
}

/** `names`: services and instances that the story protects. */
export function isProtected(row: InstanceRow, names: readonly string[]): boolean {
  return (
    nameProtected(row, names) !== null || bearsLabel(row) || row.protected_because !== undefined
  );
}

function bearsLabel({ labels }: InstanceRow): boolean {
  return labels?.[PROTECT_LABEL] === 'true';
}

/** For rows that are protected. */
export function protectedRefusal(rows: readonly InstanceRow[], names: readonly string[]): Refusal {
  const byStory = new Set(rows.flatMap((row) => nameProtected(row, names) ?? []));
  const others = rows.filter((row) => nameProtected(row, names) === null);
  const byLabel = others.filter(bearsLabel).map(label);
  const byItself = others.filter((row) => !bearsLabel(row));
  const said = [
    ...(byStory.size > 0 ? [`The story protects ${[...byStory].join(', ')}.`] : []),
    ...(byLabel.length > 0
      ? [`The label ${PROTECT_LABEL}=true protects ${byLabel.join(', ')}.`]
      : []),
    ...byItself.map((row) => `${label(row)} is protected: ${row.protected_because}.`),
  ];
  return refusal(['protected'], said.join(' '));
}

function nameProtected(row: InstanceRow, names: readonly string[]): string | null {
  return [row.service, label(row)].find((name) => names.includes(name)) ?? null;
}

export interface Reach {
  rows: readonly InstanceRow[];
  disturbed: ReadonlyMap<string, string>;
  /** Most of one service that may be unavailable at once; null: fewer than half, and one at least. */
  maxUnavailable: Amount | null;
  overrule: readonly Guard[];
}

/** Why the choice would take too much of a service; null: it does not. All that says no is said at once. */
export function tooMuch(chosen: readonly InstanceRow[], reach: Reach): Refusal | null {
  const found = servicesIn(chosen).flatMap((service) => {
    const mine = chosen.filter((row) => row.service === service);
    return [
      ['last_healthy', lastHealthy(service, mine, reach)] as const,
      ['max_unavailable', unavailable(service, mine, reach)] as const,
    ].flatMap(([guard, why]) =>
      why === null || reach.overrule.includes(guard) ? [] : [{ guard, why }],
    );
  });
  if (found.length === 0) return null;
  const guards = [...new Set(found.map(({ guard }) => guard))];
  return refusal(guards, found.map(({ why }) => why).join(' '));
}

/** A service with one instance has no last one: it is what most stacks are made of, and what is broken first. */
function lastHealthy(service: string, chosen: InstanceRow[], reach: Reach): string | null {
  const all = instancesOf(reach.rows, service);
  const healthy = all.filter(
    (row) => isAvailable(row, reach.disturbed) && row.health !== 'starting',
  );
  if (all.length < 2 || !healthy.some((row) => chosen.includes(row))) return null;
  if (healthy.some((row) => !chosen.includes(row))) return null;
  const names = healthy.map(label).join(', ');
  return healthy.length === 1
    ? `${names} is the last healthy instance of ${service}.`
    : `${names} are all the healthy instances of ${service}.`;
}

function unavailable(service: string, chosen: InstanceRow[], reach: Reach): string | null {
  const all = instancesOf(reach.rows, service);
  const already = all.filter((row) => !isAvailable(row, reach.disturbed));
  const added = chosen.filter((row) => !already.includes(row));
  const most =
    reach.maxUnavailable === null
      ? Math.max(1, Math.ceil(all.length / 2) - 1)
      : amountOf(reach.maxUnavailable, all.length);
  const count = already.length + added.length;
  if (added.length === 0 || count <= most) return null;
  const beside = already.length > 0 ? ` beside ${already.map(label).join(', ')}` : '';
  return `With ${added.map(label).join(', ')}${beside}, ${count} of ${all.length} instances of ${service} would be unavailable at once; blast_radius.max_unavailable allows ${most}.`;
}

function instancesOf(rows: readonly InstanceRow[], service: string): InstanceRow[] {
  return rows.filter((row) => row.service === service && row.untouchable === null);
}

function isAvailable(row: InstanceRow, disturbed: ReadonlyMap<string, string>): boolean {
  return row.state === 'running' && row.health !== 'unhealthy' && !disturbed.has(row.id);
}

function servicesIn(rows: readonly InstanceRow[]): string[] {
  return [...new Set(rows.map((row) => row.service))];
}

/** `guards`: all that said no; the first one's code is the refusal's. */
function refusal(guards: readonly Guard[], message: string): Refusal {
  const words = guards.join(',');
  return new Refusal(
    guards[0] as Guard & Code,
    message,
    `Choose other or fewer targets; or overrule it with --overrule ${words}, in a story \`overrule: [${guards.join(', ')}]\`.`,
  );
}
