/** What the tools container runs, for /bin/sh. By their full paths: a shell that has such programs itself would run its own. */
import { isNetem } from './network-netem.ts';
import { isQueued, queueScript, refuseForeignQueue } from './network-queues.ts';
import { FAMILIES, type NetworkRule, tablesOf } from './network-rules.ts';

/** Exit code: a table with our name has rules that are not ours, so nothing was changed. */
export const NOT_OUR_TABLE = 40;
/** Exit code: a device has a queue that somebody set, so nothing was changed. */
export const NOT_OUR_QUEUE = 41;
/** Exit code: the rules were refused, and are as they were. */
export const NO_RULES = 42;

/** Exit code of a trial: the kernel has no netem. */
export const NO_NETEM = 43;

/** All but the loopback device, over which nobody else is reached. */
const DEVICES = '$(ls /sys/class/net | grep -vx lo)';

const REFUSE_FOREIGN_TABLE = `
for family in ${FAMILIES.join(' ')}; do
  others=$(/usr/sbin/nft list table $family gameday 2>/dev/null | grep -E 'accept|drop|reject|counter' | grep -vE 'hook|comment "gameday f' || true)
  if [ -n "$others" ]; then echo "$others" >&2; exit ${NOT_OUR_TABLE}; fi
done`;

/** In a namespace that has nothing but the loopback device. Ends with NO_NETEM where the kernel has none. */
export const TRY_NETEM = `
/usr/sbin/tc qdisc add dev lo root netem || exit ${NO_NETEM}
/usr/sbin/tc qdisc del dev lo root`;

/** Ends with NOT_OUR_TABLE or NOT_OUR_QUEUE where these effects would meet something that is not ours. Changes nothing. */
export function isFree(rules: readonly NetworkRule[], devices = DEVICES): string {
  const queues = rules.some(({ effect }) => isQueued(effect))
    ? refuseForeignQueue(devices, NOT_OUR_QUEUE)
    : '';
  return `set -e\n/usr/sbin/nft list tables >/dev/null\n${REFUSE_FOREIGN_TABLE}\n${queues}`;
}

/** What `makeSo` does, in a namespace that has nothing but the loopback device. */
export function tryOut(rules: readonly NetworkRule[]): string {
  const netem = rules.some(({ effect }) => isNetem(effect)) ? TRY_NETEM : '';
  return `${netem}\n${makeSo(rules, 'lo')}`;
}

/** Makes exactly these effects so. */
export function makeSo(rules: readonly NetworkRule[], devices = DEVICES): string {
  const queued = rules.flatMap(({ effect }) => (isQueued(effect) ? { effect } : []));
  // The queues are there before packets are sent to them, and as long as packets are.
  return `
${isFree(rules, devices)}
${queueScript(queued, devices)}
${queued.length > 0 ? 'queue' : ''}
/usr/sbin/nft -f - <<'END' || exit ${NO_RULES}
${tablesOf(rules)}
END
unqueue`;
}
