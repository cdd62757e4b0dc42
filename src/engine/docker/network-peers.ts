/** The other ends of a target's network: which containers a service's name stands for, and their addresses now. Pure. */
import { isIPv4, isIPv6 } from 'node:net';
import { type Instance, type InstanceRow, label } from '../../fault/instance.ts';
import { meantName } from '../../fault/meant-name.ts';
import type { ListedContainer } from './docker-answers.ts';
import type { Addresses } from './network-rules.ts';

export interface Neighbour {
  row: InstanceRow;
  container: ListedContainer;
}

/** On every network that they are on; none of one that does not run. The target itself is no peer of its own. */
export function addressesOf(
  names: readonly string[],
  target: Pick<Instance, 'id'>,
  all: readonly Neighbour[],
): Addresses {
  const endpoints = all
    .filter(({ row }) => row.id !== target.id && names.some((name) => isNamed(row, name)))
    .flatMap(({ container }) => Object.values(container.NetworkSettings?.Networks ?? {}));
  const sorted = (texts: (string | undefined)[], isOne: (text: string) => boolean) =>
    [...new Set(texts.filter((text) => text !== undefined && isOne(text)))].sort() as string[];
  return {
    ip4: sorted(
      endpoints.map((end) => end?.IPAddress),
      isIPv4,
    ),
    ip6: sorted(
      endpoints.map((end) => end?.GlobalIPv6Address),
      isIPv6,
    ),
  };
}

/** What is wrong with the names of peers, in words; null: nothing. */
export function whyNoPeers(
  names: readonly string[],
  target: Instance,
  all: readonly Neighbour[],
): string | null {
  const known = [...new Set(all.map(({ row }) => row.service))];
  for (const name of names) {
    const found = all.filter(({ row }) => isNamed(row, name));
    if (found.length === 0) {
      const meant = meantName(
        name,
        all.map(({ row }) => row),
      ).name;
      return `no service is called "${name}"${meant ? ` (did you mean ${meant}?)` : `; there are ${known.join(', ')}`}`;
    }
    const others = found.filter(({ row }) => row.id !== target.id);
    if (others.length === 0) return `${name} is the target itself`;
    const { ip4, ip6 } = addressesOf([name], target, all);
    if (ip4.length + ip6.length > 0) continue;
    return others.some(({ row }) => row.state === 'running')
      ? `${name} has no address of its own`
      : `${name} does not run, so it has no address`;
  }
  return null;
}

function isNamed(row: InstanceRow, name: string): boolean {
  return row.service === name || label(row) === name;
}
