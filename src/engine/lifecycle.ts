/**
 * The ability `lifecycle`, made of the few verbs that an engine has for an instance: whether it runs, is down, or is frozen.
 * The state of an instance is one thing, so at most one effect is on it; none means that it runs.
 */

import {
  type Effect,
  endsByItself,
  type LifecycleEffect,
  LifecycleEffectSchema,
  type LiveEffect,
  type Reading,
} from '../fault/effect.ts';
import { type Instance, isDown } from '../fault/instance.ts';
import type { Ability, Hindrance } from './engine.ts';
import { onlyEffect, parseEffectBy } from './parse-effect.ts';

export type Verb = 'kill' | 'stop' | 'pause' | 'crash' | 'start' | 'unpause';

export interface VerbOptions {
  /** Of `kill`: `TERM`; KILL where it is left out. */
  signal?: string | undefined;
  /** Of `stop`; what the instance says itself where it is left out. */
  grace_ms?: number | undefined;
}

/** What an engine must have for this ability. */
export interface LifecycleVerbs {
  inspect(id: string): Promise<Instance | null>;
  /**
   * Does one verb and returns when the engine confirms it. Idempotent: asking for what is already so succeeds. `target` is
   * the instance as it was recorded: nothing else that now bears its pid is ever signalled. Throws EngineError.
   */
  perform(verb: Verb, target: Instance, options?: VerbOptions): Promise<void>;
  /** Why the engine would not do the verb on the instance; null or absent: it would. Changes nothing. */
  whyNot?(verb: Verb, target: Instance): Promise<Hindrance | null>;
  /** How long it may take to stop, in ms, after which the engine kills it. */
  stopMs(target: Instance): number;
}

const VERBS: Record<LifecycleEffect['to'], Verb> = {
  killed: 'kill',
  stopped: 'stop',
  paused: 'pause',
  crashed: 'crash',
};
/** What was asked for just before its author died may still be on its way to the engine. */
const SETTLE_MS = 2000;

export function createLifecycle(verbs: LifecycleVerbs): Ability {
  return {
    // What could not be undone is not done.
    async whyNot(target, effect) {
      const { to } = parseEffect(effect);
      const undo = to === 'paused' ? 'unpause' : 'start';
      return (
        (await verbs.whyNot?.(VERBS[to], target)) ?? (await verbs.whyNot?.(undo, target)) ?? null
      );
    },
    async set(target, effects) {
      const wanted = onlyEffect(target, effects);
      if (!wanted) return bringBack(verbs, target);
      const { to, signal, grace_ms } = parseEffect(wanted.effect);
      return verbs.perform(VERBS[to], target, { signal, grace_ms });
    },
    async read(now, effects) {
      return effects.map((each) => readOne(now, each));
    },
    settleMs(target, effect) {
      const { to, grace_ms } = parseEffect(effect);
      return to === 'stopped' ? (grace_ms ?? verbs.stopMs(target)) + SETTLE_MS : SETTLE_MS;
    },
  };
}

/** From whatever state it is in by now towards running. */
async function bringBack(verbs: LifecycleVerbs, target: Instance): Promise<void> {
  const now = await verbs.inspect(target.id);
  if (now?.state === 'paused') await verbs.perform('unpause', now);
  else if (now && isDown(now.state)) await verbs.perform('start', now);
}

function readOne(now: Instance, { target, effect }: LiveEffect): Reading {
  const { to } = parseEffect(effect);
  const isSame = now.incarnation === target.incarnation;
  if (to === 'paused' ? now.state === 'paused' : now.state === 'exited' || now.state === 'dead')
    return { state: isSame ? 'in_force' : 'altered' };
  // A crashed instance waits here for its policy to start it again.
  if (to !== 'paused' && now.state === 'restarting') return { state: 'in_force' };
  if (now.state !== 'running') return { state: 'altered' };
  return { state: 'absent', expected: !isSame && endsByItself({ target, effect }) };
}

const parseEffect = (effect: Effect): LifecycleEffect =>
  parseEffectBy(LifecycleEffectSchema, effect);
