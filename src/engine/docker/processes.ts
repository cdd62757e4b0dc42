/**
 * The ability `processes`: single processes of a container, frozen or killed by a helper in its namespace of processes. Which
 * ones is recorded with the intent, each by its pid and the moment it began, so that exactly these go on afterwards. Those of
 * a container that restarts are gone with it.
 */
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { type Hit, type ProcessEffect, ProcessEffectSchema } from '../../fault/process-effect.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import type { LifecycleVerbs } from '../lifecycle.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { runHelper } from './docker-helper.ts';
import { failed } from './helper-failure.ts';
import type { NetworkWorld } from './network.ts';
import { isSame, LIST, type Listed, named, parseListing, SIGNAL } from './process-listing.ts';
import { whySharedProcesses } from './shared-processes.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 5000;
/** How long killed processes may take to be started again by what runs in the target, before the target itself is restarted. */
const BACK_MS = 10_000;
const LOOK_EVERY_MS = 200;
const NEXT = 'Choose another target or kind of fault.';
/** How many names a refusal tells. */
const TOLD = 8;

export function createProcesses(
  { api, tools }: Pick<NetworkWorld, 'api' | 'tools'>,
  verbs: LifecycleVerbs,
): Ability {
  const run = async (target: Instance, what: string, script: string, args: string[] = []) => {
    const rights = { PidMode: `container:${target.id}`, CapAdd: ['KILL'] };
    const spec = { does: what, purpose: 'processes', script, args, rights } as const;
    const end = await runHelper(api, await helperBeside(tools, target, spec));
    if (end.refused === null && end.code === 0) return end.stdout;
    throw failed(target, what, end, end.refused !== null);
  };
  const list = async (target: Instance) =>
    parseListing(await run(target, 'look at the processes', LIST));
  const send = async (target: Instance, signal: string, all: readonly Hit[]) => {
    const words = all.map(({ pid, began }) => `${pid}:${began}`);
    if (words.length > 0) await run(target, 'signal to processes', SIGNAL, [signal, ...words]);
  };

  return {
    async whyNot(target, effect) {
      const { name } = parseEffect(effect);
      const why = (await whySharedProcesses(api, target)) ?? (await tools.whyLacking());
      return why ?? whyNobody(name, await list(target));
    },

    async bind(target, effect, live) {
      const parsed = parseEffect(effect);
      const all = await list(target);
      const frozenByUs = live.flatMap((each) => parseEffect(each.effect).hit ?? []);
      const hit = named(all, parsed.name)
        .filter((each) => parsed.how === 'kill' || !isStopped(each) || isIn(each, frozenByUs))
        .map(({ pid, began }) => ({ pid, began }));
      if (hit.length > 0) return { ...parsed, hit };
      const why =
        whyNobody(parsed.name, all)?.why ?? `each ${parsed.name} in it is stopped already`;
      throw new Refusal('no_target', `${label(target)}: ${why}.`, NEXT);
    },

    async set(target, effects, undone = []) {
      const now = await verbs.inspect(target.id);
      if (!now || !isUp(now)) return; // They are gone with it.
      const isHere = (each: LiveEffect) => each.target.incarnation === now.incarnation;
      const meant = effects.filter(isHere).map(({ effect }) => parseEffect(effect));
      const off = undone.filter(isHere).map(({ effect }) => parseEffect(effect));
      const frozen = hitBy(meant, 'freeze');
      const thawed = hitBy(off, 'freeze').filter((each) => !isIn(each, frozen));
      await send(now, 'CONT', thawed);
      await send(now, 'STOP', frozen);
      await send(now, 'KILL', hitBy(meant, 'kill'));
      const killed = off.filter(({ how }) => how === 'kill');
      if (killed.length > 0 && !(await areBack(now, killed))) await restart(now);
    },

    async read(now, effects, meant = []) {
      const isHere = ({ target }: LiveEffect) =>
        isUp(now) && target.incarnation === now.incarnation;
      if (!effects.some(isHere)) return effects.map((): Reading => ({ state: 'absent' }));
      const all = await list(now);
      return effects.map((each): Reading => {
        if (!isHere(each)) return { state: 'absent' };
        const effect = parseEffect(each.effect);
        const isMeant = meant.some(({ fault }) => fault === each.fault);
        if (effect.how === 'freeze') return readFrozen(effect, all, isMeant ? [] : meant);
        const isDone = isMeant ? areGone(effect, all) : !isBack(effect, all);
        return { state: isDone ? 'in_force' : 'absent' };
      });
    },

    settleMs: () => SETTLE_MS,
  };

  async function areBack(target: Instance, killed: readonly ProcessEffect[]): Promise<boolean> {
    for (const end = performance.now() + BACK_MS; ; ) {
      const all = await list(target);
      if (killed.every((effect) => isBack(effect, all))) return true;
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Where nothing in the target starts again what was killed, only its own start does. */
  async function restart(target: Instance): Promise<void> {
    await verbs.perform('stop', target);
    await verbs.perform('start', target);
  }
}

function whyNobody(name: string, all: readonly Listed[]): Hindrance | null {
  if (named(all, name).length > 0) return null;
  const names = [...new Set(all.map((each) => each.name))].sort();
  const others =
    names.length === 0
      ? 'it has no process beside its first one, which `kill`, `crash` and `pause` are for'
      : `there are ${names.slice(0, TOLD).join(', ')}${names.length > TOLD ? ' and others' : ''}`;
  return {
    why: `no process in it, beside its first one, is called "${name}"; ${others}`,
    next: NEXT,
  };
}

/** What another live fault keeps frozen is not this one's any more. */
function readFrozen(
  { hit = [] }: ProcessEffect,
  all: readonly Listed[],
  others: readonly LiveEffect[],
): Reading {
  const kept = hitBy(
    others.map(({ effect }) => parseEffect(effect)),
    'freeze',
  );
  const isLeft = all.some((each) => isStopped(each) && isIn(each, hit) && !isIn(each, kept));
  return { state: isLeft ? 'in_force' : 'absent' };
}

function areGone({ hit = [] }: ProcessEffect, all: readonly Listed[]): boolean {
  return !all.some((each) => isIn(each, hit));
}

/** As many as before bear the name, and none of them is one that was to be killed. */
function isBack(effect: ProcessEffect, all: readonly Listed[]): boolean {
  const { hit = [], name } = effect;
  return areGone(effect, all) && named(all, name).length >= hit.length;
}

function hitBy(effects: readonly ProcessEffect[], how: ProcessEffect['how']): Hit[] {
  return effects.filter((each) => each.how === how).flatMap(({ hit = [] }) => hit);
}

function isIn(one: Hit, all: readonly Hit[]): boolean {
  return all.some((each) => isSame(each, one));
}

function isStopped({ state }: Listed): boolean {
  return state === 'T' || state === 't';
}

const parseEffect = (effect: Effect): ProcessEffect => parseEffectBy(ProcessEffectSchema, effect);
