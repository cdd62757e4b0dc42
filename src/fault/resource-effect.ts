/** What a fault does to the resources of one target, as data. Pure. */
import * as v from 'valibot';

const AMOUNTS = {
  /** Processors: 0.5. */
  cpus: v.optional(v.number()),
  /** Bytes. */
  memory: v.optional(v.number()),
  /** Above 0, to 1, of what the target may use, or of what its machine has where it may use all; they are turned into the above. */
  cpu_share: v.optional(v.number()),
  memory_share: v.optional(v.number()),
};

/** Limits: it may use that much at most, swap included. Several overlap: the strictest limit of each holds. */
export const ResourceEffectSchema = v.object({ on: v.literal('resources'), ...AMOUNTS });
export type ResourceEffect = v.InferOutput<typeof ResourceEffectSchema>;

/** A load: that many processors are kept busy, that much memory is taken. Several overlap: they add up. */
export const StressEffectSchema = v.object({
  on: v.literal('stress'),
  ...AMOUNTS,
  /** Of what carries the load: no other has the same. It comes with the target. */
  name: v.optional(v.string()),
  /** Where the load is counted: absolute folders of control groups on the machine of the engine. */
  groups: v.optional(v.array(v.string())),
  /** How many of its processes the kernel had ended for want of memory before. */
  oom_kills: v.optional(v.number()),
});
export type StressEffect = v.InferOutput<typeof StressEffectSchema>;

export interface Amounts {
  cpus: number;
  /** Bytes. */
  memory: number;
}

/** `most`: what a share is a share of. Pure. */
export function amountsOf(
  { cpus, memory, cpu_share, memory_share }: ResourceEffect | StressEffect,
  most: Amounts,
): Partial<Amounts> {
  const atCpus = cpu_share === undefined ? cpus : Math.round(cpu_share * most.cpus * 100) / 100;
  const atMemory = memory_share === undefined ? memory : Math.floor(memory_share * most.memory);
  return {
    ...(atCpus !== undefined && { cpus: atCpus }),
    ...(atMemory !== undefined && { memory: atMemory }),
  };
}
