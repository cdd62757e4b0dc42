/**
 * What stands in the network of a container that nobody is known to have put there: rules of ours by their fault, and rules
 * and queues of somebody else. Pure.
 */
import type { Difference } from '../../fault/difference.ts';
import { faultsIn } from './network-rules.ts';
import { classesIn, isOurRoot } from './network-shaping.ts';

/** For /bin/sh: all rules in one line, the queues in another. */
export const LOOK_AT_ALL = `
set -e
/usr/sbin/nft -j list ruleset
/usr/sbin/tc -j qdisc show`;

interface Listed {
  rule?: { family?: string; table?: string };
  set?: { table?: string };
}
interface Queue {
  kind: string;
  handle: string;
  dev: string;
  root?: boolean;
}

/** `text`: what LOOK_AT_ALL printed. */
export function networkFindings(text: string): Difference[] {
  const [rules = '', queues = ''] = text.split('\n');
  const { nftables } = JSON.parse(rules || '{"nftables": []}') as { nftables: Listed[] };
  const ours = nftables.filter(({ rule, set }) => (rule ?? set)?.table === 'gameday');
  const faults = faultsIn(JSON.stringify({ nftables: ours }), classesIn(queues));
  const foreign = nftables.flatMap(({ rule }) =>
    // The engine's own answers to questions for names.
    !rule || rule.table === 'gameday' || rule.table === 'nat' ? [] : `${rule.family} ${rule.table}`,
  );
  const shaped = (JSON.parse(queues) as Queue[]).filter(
    ({ root, handle }) => root && handle !== '0:' && !isOurRoot(handle),
  );
  return [
    ...[...faults].map(
      (fault): Difference => ({
        finding: 'rules',
        on: 'network',
        fault,
        text: `has rules of ${fault} in its network`,
      }),
    ),
    ...[...new Set(foreign)].map((table) => say(`has rules of others in its network: ${table}`)),
    ...shaped.map(({ kind, dev }) => say(`has a queue of others on ${dev}: ${kind}`)),
  ];
}

function say(text: string): Difference {
  return { finding: 'rules', on: null, text };
}
