/**
 * What a fault does to one target, as data. The journal keeps it with the intent, and undoing it needs nothing else: neither
 * the kind of the fault, nor the plugin that brought it. Pure.
 */
import * as v from 'valibot';
import type { Effect } from './contribution.ts';
import type { Instance } from './instance.ts';

/** Any effect. `on`: the ability of the engine that makes it so; the rest is that ability's own. */
export const EffectSchema = v.looseObject({ on: v.string() });
export type { Effect };

/** One effect of a live fault on an instance. */
export interface LiveEffect {
  fault: string;
  /** As it was before the fault. */
  target: Instance;
  effect: Effect;
  /** ISO: when it is to end by itself; null: when somebody ends it. */
  deadline: string | null;
}

/** Whether an instance runs. At most one at a time on an instance. */
export const LifecycleEffectSchema = v.object({
  on: v.literal('lifecycle'),
  to: v.picklist(['killed', 'stopped', 'paused', 'crashed']),
  /** Of `killed`: the signal that is sent; `KILL` where it is left out. */
  signal: v.optional(v.string()),
  /** Of `stopped`: from SIGTERM to SIGKILL, in ms; where it is left out, what the instance says itself. */
  grace_ms: v.optional(v.number()),
});
export type LifecycleEffect = v.InferOutput<typeof LifecycleEffectSchema>;

/** What an ability finds of one effect on an instance that exists. */
export interface Reading {
  /** `absent`: not there, or not any more. `altered`: neither as it was nor as the effect made it. */
  state: 'in_force' | 'absent' | 'altered';
  /** An absent effect was ended by the engine itself, as this kind of effect leads one to expect (a restart policy). */
  expected?: boolean;
  /** What somebody else has made of it, which is left alone, as a sentence. */
  instead?: string;
  /** What came of one that is in force, as a sentence: processes that the kernel ended. */
  note?: string;
}

/** The engine is expected to end the effect by itself: a crashed instance under a restart policy. */
export function endsByItself({ target, effect }: Pick<LiveEffect, 'target' | 'effect'>): boolean {
  return effect.on === 'lifecycle' && effect.to === 'crashed' && target.restarted_by !== null;
}
