/**
 * A set of network effects as one nft table of ours, and what of them the kernel's own listing of that table shows. Pure.
 * The table is replaced whole in one transaction: no packet ever meets half of a set. Each rule bears its fault in a comment.
 * The limit of a fault stands in the kernel, too: its rules hold only while the elements of its own set live, which time out.
 */
import type { PacketEffect, TrafficEffect } from '../../fault/network-effect.ts';
import { nameRules } from './network-names.ts';
import { classOf } from './network-shaping.ts';

/** Of one family of addresses each, as texts. */
export interface Addresses {
  ip4: string[];
  ip6: string[];
}

/** One effect with all that its rules are made of. */
export interface NetworkRule {
  /** `f3`. */
  fault: string;
  effect: PacketEffect;
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

/** What `nft -f` takes, for a table that holds exactly these; none: there is no table. */
export function tableOf(rules: readonly NetworkRule[]): string {
  // Adding what may be there already makes the deletion succeed in any case.
  const cleared = ['add table inet gameday', 'delete table inet gameday'];
  if (rules.length === 0) return cleared.join('\n');
  const chain = (way: Way) => [
    ` chain ${way} {`,
    `  type filter hook ${way}put priority ${PRIORITY}; policy accept;`,
    ...rules.flatMap((rule) => linesOf(rule, way).map((line) => `  ${line}`)),
    ' }',
  ];
  const sets = rules.flatMap(setsOf).map((line) => ` ${line}`);
  return [...cleared, 'table inet gameday {', ...sets, ...chain('in'), ...chain('out'), '}'].join(
    '\n',
  );
}

function setsOf({ fault, peers, left_ms }: NetworkRule): string[] {
  const timeout = left_ms === null ? '' : ` timeout ${Math.max(1, Math.ceil(left_ms / 1000))}s`;
  const flags = left_ms === null ? '' : ' flags timeout;';
  const families = ['ipv4', 'ipv6'].map((family) => `${family}${timeout}`).join(', ');
  const live = `set ${fault} { type nf_proto;${flags} elements = { ${families} }; }`;
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

function linesOf(rule: NetworkRule, way: Way): string[] {
  const { fault, effect } = rule;
  // Answers that come in.
  const rules =
    effect.does === 'no_dns'
      ? way === 'in'
        ? nameRules(effect)
        : []
      : trafficMatches(rule, effect, way).map((match) => ({
          match,
          does: verdictOf(fault, effect),
        }));
  return rules.map(
    ({ match, does }) =>
      `meta nfproto @${fault} ${match} counter ${does} comment "gameday ${fault}"`,
  );
}

function trafficMatches({ fault, peers }: NetworkRule, effect: TrafficEffect, way: Way): string[] {
  if (effect.direction !== 'both' && effect.direction !== way) return [];
  const [end, device] = way === 'in' ? ['saddr', 'iifname'] : ['daddr', 'oifname'];
  const whose =
    peers === null
      ? [`${device} != "lo"`]
      : [`ip ${end} @${fault}_ip4`, `ip6 ${end} @${fault}_ip6`];
  const protocols = effect.does === 'reset' ? 'tcp' : '{ tcp, udp }';
  const which =
    effect.port === null
      ? ['']
      : ['dport', 'sport'].map((at) => ` meta l4proto ${protocols} th ${at} ${effect.port}`);
  const share =
    effect.does === 'drop' && effect.share < 1
      ? ` numgen random mod ${SHARES} < ${Math.max(1, Math.round(effect.share * SHARES))}`
      : '';
  // A reset is not answered by another one; it would be dropped, and nobody would learn of it.
  const open = effect.does === 'reset' ? ' meta l4proto tcp tcp flags & rst == 0' : '';
  return whose.flatMap((one) => which.map((port) => `${one}${port}${open}${share}`));
}

function verdictOf(fault: string, { does }: TrafficEffect): string {
  if (does === 'shape') return `meta priority set ${classOf(fault)}`;
  return does === 'reset' ? 'reject with tcp reset' : 'drop';
}

/** What the kernel lists, as far as it is used: `nft -j list table inet gameday`. */
interface Listing {
  nftables: {
    set?: { name: string; elem?: unknown[] };
    rule?: {
      comment?: string;
      expr?: { mangle?: { key?: { meta?: unknown }; value?: unknown } }[];
    };
  }[];
}

/** Faults that have a rule, and whose time is not up; where the rule sends packets to a class, the class must have its queue. */
export function faultsIn(json: string, classes: ReadonlySet<string>): ReadonlySet<string> {
  const { nftables } = JSON.parse(json) as Listing;
  const alive = nftables.flatMap(({ set }) => ((set?.elem?.length ?? 0) > 0 ? set?.name : []));
  const ruled = nftables.flatMap(({ rule }) => {
    const fault = rule?.comment?.replace(/^gameday /, '');
    const sentTo =
      rule?.expr?.flatMap(({ mangle }) => (mangle?.key?.meta ? [mangle.value] : [])) ?? [];
    return fault && sentTo.every((value) => classes.has(String(value))) ? fault : [];
  });
  return new Set(ruled.filter((fault) => alive.includes(fault)));
}
