/**
 * What stands in the network of a container that nobody is known to have put there: rules of ours by their fault, and rules
 * and queues of somebody else. Pure.
 */
import type { Difference } from '../../fault/difference.ts';
import { isOurRoot, type ListedQueue } from './network-queues.ts';
import { faultsIn, isOurs, type Listing } from './network-rules.ts';

/** For /bin/sh: all rules in one line, the queues in another. */
export const LOOK = `
set -e
/usr/sbin/nft -j list ruleset
/usr/sbin/tc -j qdisc show`;

export interface InNetwork {
  rules: Listing;
  queues: ListedQueue[];
}

/** `text`: what LOOK printed. */
export function parseLook(text: string): InNetwork {
  const [rules, queues] = text.split('\n');
  return { rules: JSON.parse(rules || '{"nftables": []}'), queues: JSON.parse(queues || '[]') };
}

/** `text`: what LOOK printed. */
export function networkFindings(text: string): Difference[] {
  const { rules, queues } = parseLook(text);
  const faults = faultsIn(rules);
  const foreign = rules.nftables.flatMap(({ rule }) =>
    // The engine's own answers to questions for names.
    !rule || isOurs(rule.table) || rule.table === 'nat' ? [] : `${rule.family} ${rule.table}`,
  );
  const shaped = queues.filter(({ root, handle }) => root && handle !== '0:' && !isOurRoot(handle));
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
