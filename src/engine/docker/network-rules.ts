/**
 * A set of network effects as nft tables of ours, and what of them the kernel's own listing of these shows. Pure.
 * The tables are replaced whole in one transaction: no packet ever meets half of a set. Each rule bears its fault in a comment.
 * The limit of a fault stands in the kernel, too: its rules hold only while the elements of its own set live, which time out.
 */
import type { NetworkEffect } from '../../fault/network-effect.ts';
import { nameRules, type Rule } from './network-names.ts';
import { isQueued, markOf, UNMARKED } from './network-queues.ts';

/** Of one family of addresses each, as texts. */
export interface Addresses {
  ip4: string[];
  ip6: string[];
}

/** One effect with all that its rules are made of. */
export interface NetworkRule {
  /** `f3`. */
  fault: string;
  effect: NetworkEffect;
  /** Of the effect's peers at this moment; null: it has none. */
  peers: Addresses | null;
  /** Until its limit; null: it has none. */
  left_ms: number | null;
}

/** Before connections are followed, and before rules of the target's own. */
const PRIORITY = -300;
/** Shares are counted in these. */
const SHARES = 1_000_000;

type Way = 'in' | 'out';
type TrafficEffect = Exclude<NetworkEffect, { does: 'no_dns' }>;

const TABLE = 'gameday';
/** Of the rules that lead to a proxy. */
export const HTTP_TABLE = 'gameday_http';

/** The families of our tables: both protocols together, and each for what can be done to it alone. */
export const FAMILIES = ['inet', 'ip', 'ip6'] as const;
type Family = (typeof FAMILIES)[number];

/** What `nft -f` takes, for tables that hold exactly these; none: there is no table. */
export function tablesOf(rules: readonly NetworkRule[]): string {
  // Adding what may be there already makes the deletion succeed in any case.
  const cleared = FAMILIES.flatMap((family) =>
    ['add', 'delete'].map((verb) => `${verb} table ${family} ${TABLE}`),
  );
  const copied = rules.filter(({ effect }) => effect.does === 'duplicate');
  const others = rules.filter(({ effect }) => effect.does !== 'duplicate');
  return [
    ...cleared,
    ...tableOf('inet', others, ['in', 'out']),
    ...tableOf('ip', copied, ['out']),
    ...tableOf('ip6', copied, ['out']),
  ].join('\n');
}

function tableOf(family: Family, rules: readonly NetworkRule[], ways: readonly Way[]): string[] {
  if (rules.length === 0) return [];
  const chains = ways.flatMap((way) => [
    ` chain ${way} {`,
    `  type filter hook ${way}put priority ${PRIORITY}; policy accept;`,
    ...rules.flatMap((rule) => linesOf(rule, way, family).map((line) => `  ${line}`)),
    ' }',
  ]);
  const sets = rules.flatMap(setsOf).map((line) => ` ${line}`);
  return [`table ${family} ${TABLE} {`, ...sets, ...chains, '}'];
}

function setsOf({ fault, peers, left_ms }: NetworkRule): string[] {
  const timeout = left_ms === null ? '' : ` timeout ${Math.max(1, Math.ceil(left_ms / 1000))}s`;
  const flags = left_ms === null ? '' : ' flags timeout;';
  const protocols = ['ip', 'ip6'].map((protocol) => `${protocol}${timeout}`).join(', ');
  const live = `set ${fault} { type ether_type;${flags} elements = { ${protocols} }; }`;
  if (peers === null) return [live];
  const addresses = (type: string, name: string, all: readonly string[]) => {
    const elements = all.length > 0 ? ` elements = { ${all.join(', ')} };` : '';
    return `set ${name} { type ${type};${elements} }`;
  };
  return [
    live,
    addresses('ipv4_addr', `${fault}_ip4`, peers.ip4),
    addresses('ipv6_addr', `${fault}_ip6`, peers.ip6),
  ];
}

function linesOf(rule: NetworkRule, way: Way, family: Family): string[] {
  const { fault, effect } = rule;
  // Answers that come in.
  const names = () => (effect.does === 'no_dns' && way === 'in' ? nameRules(effect) : []);
  const rules = effect.does === 'no_dns' ? names() : trafficRules(rule, effect, way, family);
  return rules.map(
    ({ match, does }) =>
      `meta protocol @${fault} ${match} counter ${does} comment "gameday ${fault}"`,
  );
}

function trafficRules(
  { fault, peers }: NetworkRule,
  effect: TrafficEffect,
  way: Way,
  family: Family,
): Rule[] {
  if (effect.direction !== 'both' && effect.direction !== way) return [];
  const [end, device] = way === 'in' ? ['saddr', 'iifname'] : ['daddr', 'oifname'];
  const protocols = family === 'inet' ? (['ip', 'ip6'] as const) : [family];
  const whose =
    peers === null
      ? [`${device} != "lo"`]
      : protocols.map((ip) => `${ip} ${end} @${fault}_${ip === 'ip' ? 'ip4' : 'ip6'}`);
  const carriers = effect.does === 'reset' ? 'tcp' : '{ tcp, udp }';
  const which =
    effect.port === null
      ? ['']
      : ['dport', 'sport'].map((at) => ` meta l4proto ${carriers} th ${at} ${effect.port}`);
  // A reset is not answered by another one; it would be dropped, and nobody would learn of it.
  const open = effect.does === 'reset' ? ' meta l4proto tcp tcp flags & rst == 0' : '';
  const matches = whose.flatMap((one) => which.map((port) => `${one}${port}${open}`));
  return matches.flatMap((match) => {
    const some = { match: `${match}${drawnOf(effect)}`, does: statementOf(effect, family) };
    return isQueued(effect) ? [{ ...UNMARKED, match: `${match} ${UNMARKED.match}` }, some] : some;
  });
}

/** Where it is the rule that draws. */
function drawnOf(effect: TrafficEffect): string {
  const isDrawn =
    effect.does === 'duplicate' ||
    effect.does === 'reorder' ||
    (effect.does === 'drop' && !isQueued(effect));
  if (!isDrawn || effect.share === 1) return '';
  return ` numgen random mod ${SHARES} < ${Math.max(1, Math.round(effect.share * SHARES))}`;
}

function statementOf(effect: TrafficEffect, family: Family): string {
  if (isQueued(effect)) return markOf(effect);
  if (effect.does === 'duplicate') return `dup to ${family} daddr`;
  return effect.does === 'reset' ? 'reject with tcp reset' : 'drop';
}

/** What the kernel lists, as far as it is used: `nft -j list ruleset`. */
export interface Listing {
  nftables: {
    set?: { table: string; name: string; elem?: unknown[] };
    rule?: ListedRule;
  }[];
}

export interface ListedRule {
  family: string;
  table: string;
  comment?: string;
  expr?: { tproxy?: { port?: number } }[];
}

/** Faults that have a rule, and whose time is not up. `counts`: whether a rule of theirs does. */
export function faultsIn(
  { nftables }: Listing,
  counts: (rule: ListedRule) => boolean = () => true,
): ReadonlySet<string> {
  const alive = nftables.flatMap(({ set }) =>
    set && isOurs(set.table) && (set.elem?.length ?? 0) > 0 ? set.name : [],
  );
  const ruled = nftables.flatMap(({ rule }) =>
    rule && isOurs(rule.table) && counts(rule)
      ? (rule.comment?.replace(/^gameday /, '') ?? [])
      : [],
  );
  return new Set(ruled.filter((fault) => alive.includes(fault)));
}

/** `table`: the name of one. */
export function isOurs(table: string): boolean {
  return table === TABLE || table === HTTP_TABLE;
}
