/** What the tools container runs, for /bin/sh. By their full paths: a shell that has such programs itself would run its own. */
import { type NetworkRule, tableOf } from './network-rules.ts';

/** Exit code: a table with our name has rules that are not ours, so nothing was changed. */
export const NOT_OURS = 40;

/** Prints the table, in one line; an empty one where there is none. */
export const LOOK = `
set -e
/usr/sbin/nft list tables >/dev/null
/usr/sbin/nft -j list table inet gameday 2>/dev/null || echo '{"nftables": []}'`;

/** Ends with NOT_OURS where somebody else has a table of our name. */
const REFUSE_FOREIGN = `
set -e
others=$(/usr/sbin/nft list table inet gameday 2>/dev/null | grep -E 'accept|drop|reject|counter' | grep -vE 'hook|comment "gameday f' || true)
if [ -n "$others" ]; then echo "$others" >&2; exit ${NOT_OURS}; fi`;

/** Makes exactly these effects so. */
export function makeSo(rules: readonly NetworkRule[]): string {
  return `${REFUSE_FOREIGN}
/usr/sbin/nft -f - <<'END'
${tableOf(rules)}
END`;
}

export const IS_OURS = REFUSE_FOREIGN;
