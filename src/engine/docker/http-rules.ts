/**
 * The rules that lead what comes in to a proxy, as an nft table of ours, and what of it the kernel's own listing shows. Pure.
 * The kernel hands a connection to a proxy that listens (tproxy) and changes nothing of it: where there is none any more, it goes
 * to the target as ever, and one that a proxy has goes on there when the rules are gone.
 * The limit of a fault stands in the kernel, too: its rule holds only while the element of its own set lives, which times out.
 */
import type { HttpEffect } from '../../fault/http-effect.ts';
import { faultsIn, HTTP_TABLE, type Listing } from './network-rules.ts';

/** One effect with all that is made of it. */
export interface HttpRule {
  /** `f3`. */
  fault: string;
  effect: HttpEffect & { port: number };
  /** Until its limit; null: it has none. */
  left_ms: number | null;
}

/** Exit code: a table with our name has rules that are not ours, so nothing was changed. */
export const NOT_OUR_TABLE = 40;
/** Exit code: the rules were refused, and are as they were. */
export const NO_RULES = 42;

/** Where packets may be marked and led. */
const PRIORITY = -150;
/** How a request begins: `GET `, `POST`, and so on, as numbers. */
const METHODS = ['GET ', 'POST', 'PUT ', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']
  .map((name) => `0x${Buffer.from(name.slice(0, 4)).toString('hex')}`)
  .join(', ');

/** Replaced whole in one transaction; of no rules: there is no table. */
function tableOf(rules: readonly HttpRule[], proxyPort: number): string {
  const cleared = ['add', 'delete'].map((verb) => `${verb} table inet ${HTTP_TABLE}`);
  if (rules.length === 0) return cleared.join('\n');
  const most = mostOf(rules);
  const limited = most === null ? '' : ` flags timeout; timeout ${most}s;`;
  const ports = [...new Set(rules.map(({ effect }) => effect.port))].join(', ');
  const families = [
    ['ip', '127.0.0.1'],
    ['ip6', '[::1]'],
  ] as const;
  const led = rules.flatMap(({ fault }) =>
    families.map(
      ([ip, to]) =>
        `iifname != "lo" meta protocol ${ip} tcp dport @${fault} counter tproxy ${ip} to ${to}:${proxyPort} accept comment "gameday ${fault}"`,
    ),
  );
  // A header of TCP has 20 bytes, or 32 with the time in it.
  const cut = families.flatMap(([ip]) =>
    [5, 8].map(
      (words) =>
        `iifname != "lo" ${ip} saddr . tcp sport @before_${ip} tcp dport { ${ports} } socket transparent 0 tcp doff ${words} @th,${words * 32},32 { ${METHODS} } counter reject with tcp reset comment "gameday ${rules[0]?.fault}"`,
    ),
  );
  return [
    ...cleared,
    `table inet ${HTTP_TABLE} {`,
    ...rules.map(setOf),
    ` set before_ip { type ipv4_addr . inet_service;${limited} }`,
    ` set before_ip6 { type ipv6_addr . inet_service;${limited} }`,
    ...chain('led', 'prerouting', led),
    ...chain('cut', 'input', cut),
    '}',
  ].join('\n');
}

function setOf({ fault, effect, left_ms }: HttpRule): string {
  const [flags, timeout] =
    left_ms === null ? ['', ''] : [' flags timeout;', ` timeout ${secondsOf(left_ms)}s`];
  return ` set ${fault} { type inet_service;${flags} elements = { ${effect.port}${timeout} }; }`;
}

function chain(name: string, hook: string, lines: readonly string[]): string[] {
  const head = `  type filter hook ${hook} priority ${PRIORITY}; policy accept;`;
  return [` chain ${name} {`, head, ...lines.map((line) => `  ${line}`), ' }'];
}

/** Seconds until the last of them is over; null: never. */
export function mostOf(rules: readonly HttpRule[]): number | null {
  const all = rules.map(({ left_ms }) => left_ms);
  return all.includes(null) ? null : secondsOf(Math.max(...(all as number[])));
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** For /bin/sh. Ends with NOT_OUR_TABLE where these rules would meet something that is not ours. Changes nothing. */
export const IS_FREE = `
/usr/sbin/nft list tables >/dev/null || exit 1
others=$(/usr/sbin/nft list table inet ${HTTP_TABLE} 2>/dev/null | grep -E 'accept|drop|reject|counter' | grep -vE 'hook|comment "gameday f' || true)
if [ -n "$others" ]; then echo "$others" >&2; exit ${NOT_OUR_TABLE}; fi`;

/**
 * Makes exactly these so. Connections that were open before go past every proxy until they end: each is cut where its next request
 * would begin, so that the client makes another one. Which these are is asked once the rules hold, so that none is missed.
 */
export function leadTo(rules: readonly HttpRule[], proxyPort: number): string {
  return `${IS_FREE}
/usr/sbin/nft -f - <<'END' || exit ${NO_RULES}
${tableOf(rules, proxyPort)}
END
${rules.length > 0 ? cutBefore(rules) : ''}`;
}

/** The kernel writes an address as numbers of its own order of bytes, one or four. */
function cutBefore(rules: readonly HttpRule[]): string {
  const ports = [...new Set(rules.map(({ effect }) => effect.port))];
  const hex = ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join('|');
  return `
quad() { n=$((0x$1)); quad=$((n & 255)).$((n >> 8 & 255)).$((n >> 16 & 255)).$((n >> 24 & 255)); }
pair() { n=$((0x$1)); pair=$(printf '%02x%02x:%02x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255))); }
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ near far state _; do
  case "$state \${near##*:}" in 01\\ ${hex.replaceAll('|', '|01\\ ')}) ;; *) continue ;; esac
  address=\${far%:*} port=$((0x\${far##*:}))
  case $address in
    0000000000000000FFFF0000*) quad "\${address#????????????????????????}"; echo "add element inet ${HTTP_TABLE} before_ip { $quad . $port }" ;;
    ????????) quad "$address"; echo "add element inet ${HTTP_TABLE} before_ip { $quad . $port }" ;;
    *)
      whole= rest=$address
      while [ -n "$rest" ]; do tail=\${rest#????????}; pair "\${rest%"$tail"}"; whole=$whole:$pair; rest=$tail; done
      echo "add element inet ${HTTP_TABLE} before_ip6 { \${whole#:} . $port }" ;;
  esac
done | /usr/sbin/nft -f - || exit 1`;
}

/** For /bin/sh: all rules in one line, then a line for each port that is listened on. */
export const LOOK_HTTP = `
/usr/sbin/nft -j list ruleset || exit 1
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A ' || true`;

export interface Listener {
  port: number;
  /** It can be reached from inside alone. */
  isInner: boolean;
}

export interface InNetwork {
  rules: Listing;
  listeners: Listener[];
}

/** `text`: what LOOK_HTTP printed. */
export function parseHttpLook(text: string): InNetwork {
  const [rules, ...lines] = text.split('\n');
  const listeners = lines.flatMap((line) => {
    const [, address, port] = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A /.exec(line) ?? [];
    if (!address || !port) return [];
    const isInner = /^(0{16}F{4}0{4})?.{6}7F$|^0{24}01000000$/.test(address);
    return { port: Number.parseInt(port, 16), isInner };
  });
  return { rules: JSON.parse(rules || '{"nftables": []}'), listeners };
}

/** Faults whose time is not up, and which lead to a proxy that listens. */
export function faultsLed({ rules, listeners }: InNetwork): ReadonlySet<string> {
  return faultsIn(rules, ({ expr }) => {
    const to = expr?.find((each) => each.tproxy)?.tproxy?.port;
    return listeners.some(({ port, isInner }) => isInner && port === to);
  });
}
