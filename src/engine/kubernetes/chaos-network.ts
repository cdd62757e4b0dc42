/**
 * The ability `network` through Chaos Mesh: partitions between pods. What is in force is read from what its daemon has made so in
 * the pod itself, and not from the order: an order stays "injected" when a pod at its other end was replaced.
 */
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, type InstanceRow, label } from '../../fault/instance.ts';
import { type NetworkEffect, NetworkEffectSchema } from '../../fault/network-effect.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { type ChaosMesh, faultOf, orderName, restOf } from './chaos-mesh.ts';
import type { Meta, Pod } from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';
import type { PodRecord } from './pod-instance.ts';
import { SETTLE_MS } from './pod-life.ts';

/** A pod at the other end. */
export interface Peer {
  name: string;
  ip: string;
}

/** `names`: services, or single instances. Those that have an address by now, ordered by name. */
export type FindPeers = (names: readonly string[]) => Promise<Peer[]>;

/** What Chaos Mesh has made so in one pod. */
interface PodNetworkChaos {
  metadata: Meta & { generation?: number };
  spec: { ipsets?: { cidrs?: string[]; source?: string }[]; iptables?: { source?: string }[] };
  status?: { failedMessage?: string; observedGeneration?: number };
}

const DIRECTIONS = { both: 'both', in: 'from', out: 'to' } as const;
const MIN_S = 1;

export function createChaosNetwork(api: KubeApi, chaos: ChaosMesh, findPeers: FindPeers): Ability {
  const peersOf = (effect: Effect) => findPeers(parse(effect).peers ?? []);
  const isInForce = async (now: Instance, { fault, effect }: LiveEffect) => {
    const { namespace } = api.cluster;
    const path = `/apis/chaos-mesh.org/v1alpha1/namespaces/${namespace}/podnetworkchaos/${now.name}`;
    const found = await api.read<PodNetworkChaos>(path);
    const source = `${namespace}/${orderName(fault, now)}`;
    return found ? standing(found, now, source, await peersOf(effect)) : 'absent';
  };
  return {
    async whyNot(target, effect) {
      const hindrance = await chaos.whyNot('Install Chaos Mesh, or choose another kind of fault.');
      return hindrance ?? whyNotSo(target, parse(effect), await peersOf(effect));
    },
    async set(target, effects) {
      const wanted = await Promise.all(
        effects.map(async (live) => ({ live, peers: await peersOf(live.effect) })),
      );
      const isWanted = (fault: string, rest: string) =>
        wanted.some(({ live, peers }) => live.fault === fault && wordOf(peers) === rest);
      for (const each of await chaos.ordered('networkchaos', target))
        if (!isWanted(faultOf(each), restOf(each)))
          await chaos.withdraw(target, 'networkchaos', each);
      for (const { live, peers } of wanted) {
        const { fault } = live;
        const spec = specOf(target, live, peers);
        await chaos.order(target, { fault, kind: 'networkchaos', spec, restsOn: wordOf(peers) });
        const isSo = async () => (await isInForce(target, live)) === 'in_force';
        await chaos.until(target, 'networkchaos', isSo);
      }
    },
    async read(now, effects) {
      return Promise.all(
        effects.map(async (each): Promise<Reading> => ({ state: await isInForce(now, each) })),
      );
    },
    settleMs: () => SETTLE_MS,
    async restsOn(_target, effects) {
      const words = await Promise.all(
        effects.map(async ({ effect }) => wordOf(await peersOf(effect))),
      );
      return words.join('; ');
    },
  };
}

/** `names`: services, or single instances. Pure. */
export function peersAmong(
  names: readonly string[],
  rows: readonly InstanceRow[],
  pods: readonly Pod[],
): Peer[] {
  const meant = rows.filter((row) => names.includes(row.service) || names.includes(label(row)));
  return meant.flatMap(({ id, name, state }) => {
    const ip = pods.find(({ metadata }) => metadata.uid === id)?.status.podIP;
    return ip !== undefined && state === 'running' ? [{ name, ip }] : [];
  });
}

/** Pure. */
function standing(
  { metadata, spec, status }: PodNetworkChaos,
  now: Instance,
  source: string,
  peers: readonly Peer[],
): Reading['state'] {
  if (!metadata.ownerReferences?.some(({ uid }) => uid === now.id)) return 'absent';
  if (!spec.iptables?.some((each) => each.source === source)) return 'absent';
  const cut = (spec.ipsets ?? []).flatMap((set) =>
    set.source === source ? (set.cidrs ?? []) : [],
  );
  const isWhole = peers.every(({ ip }) => cut.includes(`${ip}/32`) || cut.includes(`${ip}/128`));
  const isDone = !status?.failedMessage && status?.observedGeneration === metadata.generation;
  return isWhole && isDone ? 'in_force' : 'altered';
}

function whyNotSo(
  target: Instance,
  effect: NetworkEffect,
  peers: readonly Peer[],
): Hindrance | null {
  if (effect.does !== 'drop' || effect.share < 1 || effect.port !== null)
    return {
      why: 'of the network faults, a partition of whole pods is the one that gameday has Chaos Mesh do',
      next: `fault inject partition ${target.service} --from SERVICE`,
    };
  if (effect.peers === null)
    return {
      why: 'a pod that is cut off from everything is cut off from its node, too, which then ends it',
      next: 'Name from whom: --from SERVICE.',
    };
  if ((target.record as PodRecord).host_network)
    return { why: 'it has the network of its node', next: 'Choose another target.' };
  if (peers.length > 0) return null;
  return { why: `no pod of ${effect.peers.join(', ')} has an address`, next: 'fault list' };
}

function specOf(
  target: Instance,
  { effect, deadline }: LiveEffect,
  peers: readonly Peer[],
): Record<string, unknown> {
  const { namespace } = target.record as PodRecord;
  const of = (names: string[]) => ({ mode: 'all', selector: { pods: { [namespace]: names } } });
  const { direction } = parse(effect) as Extract<NetworkEffect, { does: 'drop' }>;
  const leftMs = deadline === null ? null : Date.parse(deadline) - Date.now();
  return {
    action: 'partition',
    ...of([target.name]),
    direction: DIRECTIONS[direction],
    target: of(peers.map(({ name }) => name)),
    // The cluster ends it also when nobody of ours is there any more.
    ...(leftMs !== null && { duration: `${Math.max(MIN_S, Math.ceil(leftMs / 1000))}s` }),
  };
}

function wordOf(peers: readonly Peer[]): string {
  return peers.map(({ name, ip }) => `${name}=${ip}`).join(',');
}

function parse(effect: Effect): NetworkEffect & { peers?: readonly string[] | null } {
  return parseEffectBy(NetworkEffectSchema, effect) as NetworkEffect & {
    peers?: readonly string[] | null;
  };
}
