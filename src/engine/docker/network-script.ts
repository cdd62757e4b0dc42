/** What the tools container runs, for /bin/sh. By their full paths: a shell that has such programs itself would run its own. */
import { type NetworkRule, tableOf } from './network-rules.ts';
import { isShape, refuseForeignQueue, shapingScript } from './network-shaping.ts';

/** Exit code: a table with our name has rules that are not ours, so nothing was changed. */
export const NOT_OUR_TABLE = 40;
/** Exit code: a device has a queue that somebody set, so nothing was changed. */
export const NOT_OUR_QUEUE = 41;
/** Exit code: the rules were refused, and are as they were. */
export const NO_RULES = 42;

/** All but the loopback device, over which nobody else is reached. */
const DEVICES = '$(ls /sys/class/net | grep -vx lo)';

/** Prints the table in one line, an empty one where there is none, and the queues in another. */
export const LOOK = `
set -e
/usr/sbin/nft list tables >/dev/null
/usr/sbin/nft -j list table inet gameday 2>/dev/null || echo '{"nftables": []}'
/usr/sbin/tc -j qdisc show`;

const REFUSE_FOREIGN_TABLE = `
others=$(/usr/sbin/nft list table inet gameday 2>/dev/null | grep -E 'accept|drop|reject|counter' | grep -vE 'hook|comment "gameday f' || true)
if [ -n "$others" ]; then echo "$others" >&2; exit ${NOT_OUR_TABLE}; fi`;

/** Ends with NOT_OUR_TABLE or NOT_OUR_QUEUE where these effects would meet something that is not ours. Changes nothing. */
export function isFree(rules: readonly NetworkRule[], devices = DEVICES): string {
  const queues = rules.some(({ effect }) => isShape(effect))
    ? refuseForeignQueue(devices, NOT_OUR_QUEUE)
    : '';
  return `set -e\n/usr/sbin/nft list tables >/dev/null\n${REFUSE_FOREIGN_TABLE}\n${queues}`;
}

/** Makes exactly these effects so. `isTrial`: in a namespace that has nothing but the loopback device. */
export function makeSo(rules: readonly NetworkRule[], isTrial = false): string {
  const shaped = rules.flatMap(({ fault, effect }) => (isShape(effect) ? { fault, effect } : []));
  const devices = isTrial ? 'lo' : DEVICES;
  // The queues are there before packets are sent to them, and as long as packets are.
  return `
${isFree(rules, devices)}
${shapingScript(shaped, devices)}
${shaped.length > 0 ? 'shape' : ''}
/usr/sbin/nft -f - <<'END' || exit ${NO_RULES}
${tableOf(rules)}
END
unshape`;
}
