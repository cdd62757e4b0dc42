/**
 * The ability `network`: packets of a container that are dropped or refused, by rules in its own network namespace. A helper
 * container of the tools image enters that namespace for one script; nothing is installed in the target.
 * The rules are gone with the namespace, so a target that restarts is free of them.
 */

import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { type NetworkEffect, NetworkEffectSchema } from '../../fault/network-effect.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import type { DockerApi } from './docker-api.ts';
import { type HelperEnd, runHelper } from './docker-helper.ts';
import type { ContainerRecord } from './docker-instance.ts';
import { failed, saidBy } from './helper-failure.ts';
import { type InNetwork, LOOK, parseLook } from './network-findings.ts';
import { whyNoAnswer } from './network-names.ts';
import { whyNoNetem } from './network-netem.ts';
import { addressesOf, type Neighbour, whyNoPeers } from './network-peers.ts';
import { freeSlot, hasQueue, isQueued } from './network-queues.ts';
import { faultsIn, type NetworkRule } from './network-rules.ts';
import {
  isFree,
  makeSo,
  NO_NETEM,
  NO_RULES,
  NOT_OUR_QUEUE,
  NOT_OUR_TABLE,
  tryOut,
} from './network-script.ts';
import { helperBeside, type ToolsImage } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 5000;
/** So long what a change showed of the network at its end counts as a look. */
const MOMENT_MS = 150;
/** Exit code of the shell: there is no such program. */
const NO_PROGRAM = 127;
const NEXT = 'Choose another target or kind of fault.';

export interface NetworkWorld {
  api: DockerApi;
  tools: ToolsImage;
  inspect(id: string): Promise<Instance | null>;
  /** Every container of the stack. */
  neighbours(): Promise<Neighbour[]>;
}

export function createNetwork(world: NetworkWorld): Ability {
  const { api, tools, inspect, neighbours } = world;
  /** A look that is under way is shared: all faults of a target are asked for at once. */
  const looks = new Map<string, Promise<InNetwork>>();
  /** Each change looks at the end, in the same helper: a second one for that alone would double its time. */
  const shown = new Map<
    string,
    { incarnation: string | null; until: number; network: InNetwork }
  >();

  const run = async (target: Instance, does: string, script: string, network?: string) => {
    const rights = { NetworkMode: network ?? `container:${target.id}`, CapAdd: ['NET_ADMIN'] };
    const spec = { does, purpose: 'network', script, rights } as const;
    return runHelper(api, await helperBeside(tools, target, spec));
  };

  const rulesOf = async (target: Instance, effects: readonly LiveEffect[]) => {
    const parsed = effects.map((each) => ({ ...each, effect: parseEffect(each.effect) }));
    const all = parsed.some(({ effect }) => peersOf(effect)) ? await neighbours() : [];
    return parsed.map(({ fault, effect, deadline }): NetworkRule => {
      const names = peersOf(effect);
      return {
        fault,
        effect,
        peers: names && addressesOf(names, target, all),
        left_ms: deadline === null ? null : Date.parse(deadline) - Date.now(),
      };
    });
  };

  const look = async (now: Instance): Promise<InNetwork> => {
    const end = await run(now, 'look at the network', LOOK);
    if (end.refused === null && end.code === 0) return parseLook(end.stdout);
    throw failed(now, 'look at the network', end, true);
  };

  const lookOrShown = (now: Instance): Promise<InNetwork> => {
    const last = shown.get(now.id);
    if (last && last.incarnation === now.incarnation && performance.now() < last.until)
      return Promise.resolve(last.network);
    const looking = looks.get(now.id) ?? look(now).finally(() => looks.delete(now.id));
    looks.set(now.id, looking);
    return looking;
  };

  return {
    async whyNot(target, effect) {
      const parsed = parseEffect(effect);
      const closed = whyClosed(target);
      if (closed) return { why: closed, next: NEXT };
      const senseless = parsed.does === 'no_dns' ? whyNoAnswer(parsed) : whyNoNetem(parsed);
      if (senseless) return { why: senseless, next: 'fault inject --help' };
      const lacking = await tools.whyLacking();
      if (lacking) return lacking;
      const names = peersOf(parsed);
      const nobody = names && whyNoPeers(names, target, await neighbours());
      if (nobody) return { why: nobody, next: 'fault inject --help' };
      const rules = await rulesOf(target, [{ fault: 'f1', target, effect, deadline: null }]);
      const [trial, own] = await Promise.all([
        run(target, 'trial', tryOut(rules), 'none'),
        run(target, 'look at the network', isFree(rules)),
      ]);
      return whyFailed(trial, 'cannot do it') ?? whyFailed(own, 'cannot be looked at');
    },

    async bind(target, effect, live) {
      const parsed = parseEffect(effect);
      if (!isQueued(parsed)) return parsed;
      const slot = freeSlot(
        parsed,
        live.map((each) => parseEffect(each.effect)),
      );
      if (slot !== null) return { ...parsed, slot };
      const message = `${label(target)} has as many faults that make packets wait, or wrong, as it can have at once.`;
      throw new Refusal('unsupported_target', message, 'fault list');
    },

    async set(target, effects) {
      const now = await inspect(target.id);
      if (!now || !isUp(now)) return; // Its rules are gone with its namespace.
      const here = effects.filter((each) => each.target.incarnation === now.incarnation);
      const rules = await rulesOf(now, here);
      // Of what follows, one that fails in the middle included, nothing was shown before.
      shown.delete(now.id);
      const script = `{ ${makeSo(rules)}\n} >/dev/null\n${LOOK}`;
      const end = await run(now, 'change of the network', script);
      if (end.refused === null && end.code === 0) {
        const until = performance.now() + MOMENT_MS;
        shown.set(now.id, { incarnation: now.incarnation, until, network: parseLook(end.stdout) });
        return;
      }
      throw failed(now, 'change of the network', end, isUntouched(end, rules));
    },

    async read(now, effects) {
      const isHere = ({ target }: LiveEffect) =>
        isUp(now) && target.incarnation === now.incarnation;
      if (!effects.some(isHere)) return effects.map((): Reading => ({ state: 'absent' }));
      const { rules, queues } = await lookOrShown(now);
      const found = faultsIn(rules);
      return effects.map((each): Reading => {
        const isSo = found.has(each.fault) && hasQueue(parseEffect(each.effect), queues);
        return { state: isHere(each) && isSo ? 'in_force' : 'absent' };
      });
    },

    settleMs: () => SETTLE_MS,

    async restsOn(target, effects) {
      const parsed = effects.map(({ effect }) => parseEffect(effect));
      const names = parsed.flatMap((effect) => peersOf(effect) ?? []);
      const waits = parsed.some(isQueued);
      if (names.length === 0 && !waits) return null;
      const all = await neighbours();
      // Each network is a device of its own, which has to get its queues.
      const own = all.find(({ row }) => row.id === target.id)?.container.NetworkSettings?.Networks;
      const networks = waits ? Object.keys(own ?? {}).sort() : [];
      return JSON.stringify([addressesOf(names, target, all), networks]);
    },
  };
}

function peersOf(effect: NetworkEffect): readonly string[] | null {
  return effect.does === 'no_dns' ? null : effect.peers;
}

/** Why its namespace is not its own, in words. */
export function whyClosed({ record }: Instance): string | null {
  const { network_mode: mode = '' } = record as Partial<ContainerRecord>;
  if (mode === 'host') return 'it has the network of its host, which others use as well';
  if (mode === 'none') return 'it has no network';
  return mode.startsWith('container:') ? 'it has the network of another container' : null;
}

function whyFailed(end: HelperEnd, what: string): Hindrance | null {
  if (end.refused === null && end.code === 0) return null;
  if (codeOf(end) === NOT_OUR_TABLE || codeOf(end) === NOT_OUR_QUEUE)
    return {
      why: `its network has ${codeOf(end) === NOT_OUR_TABLE ? 'an nft table "gameday"' : 'a queue (tc qdisc)'} that is not ours`,
      next: 'Remove it, or choose another target.',
    };
  if (codeOf(end) === NO_NETEM)
    return {
      why: "the kernel of the engine's machine has no netem (its module sch_netem)",
      next: 'modprobe sch_netem, on that machine.',
    };
  return { why: `the network of the engine's machine ${what}: ${saidBy(end)}`, next: NEXT };
}

function codeOf(end: HelperEnd): number | null {
  return end.refused === null ? end.code : null;
}

/** Whether nothing was changed for sure. What fails midway may have made queues, which the next change takes away. */
function isUntouched(end: HelperEnd, rules: readonly NetworkRule[]): boolean {
  const sure = [NOT_OUR_TABLE, NOT_OUR_QUEUE, NO_PROGRAM];
  if (!rules.some(({ effect }) => isQueued(effect))) sure.push(NO_RULES);
  return end.refused !== null || sure.includes(end.code ?? 0);
}

function parseEffect(effect: Effect): NetworkEffect {
  return parseEffectBy(NetworkEffectSchema, effect);
}
