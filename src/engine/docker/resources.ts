/**
 * The ability `resources`: how much processor time and memory a container may use, set by the engine's own update. The engine
 * keeps one limit of each, so of several faults the strictest one holds, and what was set before any of them comes back last.
 * A restart leaves a limit as it is; a container that was recreated is free of it.
 */

import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import {
  amountsOf,
  type ResourceEffect,
  ResourceEffectSchema,
} from '../../fault/resource-effect.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { megabytes } from '../load-amounts.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { isSameShare, type Limits, limitsOf, PERIOD_US } from './container-limits.ts';
import { type DockerApi, wordsOf } from './docker-api.ts';
import type { ContainerLimits, ContainerRecord } from './docker-instance.ts';
import { mostOf, readUsage } from './machine.ts';
import { whyNoLimits } from './podman.ts';

const CHANGE_MS = 30_000;
/** What was asked for just before its author died may still be on its way to the engine. */
const SETTLE_MS = 2000;
/** More than the kernel counts, which it takes for no limit. */
const NO_LIMIT = 2 ** 63 - 4096;
/** The engine takes no limit below it. */
const LEAST_MEMORY = 6 * 1024 * 1024;
const NEXT = 'Choose another target or kind of fault.';

export function createResources(
  api: DockerApi,
  inspect: (id: string) => Promise<Instance | null>,
): Ability {
  return {
    async whyNot(target, effect) {
      const lacking = await whyNoLimits(api);
      if (lacking) return lacking;
      const before = limitsOf(limitsIn(target));
      const { cpus, memory } = amountsOf(parseEffect(effect), await mostOf(api, before));
      if (cpus !== undefined && before.cpus <= cpus)
        return { why: `it may use only ${before.cpus} processors already`, next: NEXT };
      if (memory === undefined) return null;
      if (memory < LEAST_MEMORY)
        return {
          why: `that is ${megabytes(memory)}, and the engine takes no limit below 6mb`,
          next: NEXT,
        };
      if (before.memory <= memory)
        return { why: `it may use only ${megabytes(before.memory)} already`, next: NEXT };
      return whyInUse(api, target, memory);
    },

    async bind(target, effect) {
      const most = await mostOf(api, limitsOf(limitsIn(target)));
      return { on: effect.on, ...amountsOf(parseEffect(effect), most) };
    },

    async set(target, effects) {
      const now = await inspect(target.id);
      if (!now) return; // Its limits are gone with it.
      const before = limitsIn(effects[0]?.target ?? target);
      const body = changes(
        limitsIn(now),
        before,
        strictest(before, effects),
        await noMemoryLimit(api),
      );
      if (Object.keys(body).length === 0) return;
      const what = `change of the limits of ${label(target)}`;
      const path = `/containers/${encodeURIComponent(target.id)}/update`;
      const { status, body: said } = await api.change(what, path, { timeoutMs: CHANGE_MS, body });
      if (status < 300) return;
      const message = `The ${what} failed: ${wordsOf(said)} (${status}).`;
      throw new EngineError(message, {
        definite: status < 500,
        reason: status,
        next: status < 500 ? 'fault list' : 'fault recover',
      });
    },

    async read(now, effects, meant = []) {
      const is = limitsOf(limitsIn(now));
      return effects.map((each): Reading => {
        const { cpus, memory } = parseEffect(each.effect);
        const holds = is.cpus <= (cpus ?? Infinity) + 1e-6 && is.memory <= (memory ?? Infinity);
        if (meant.some(({ fault }) => fault === each.fault))
          return { state: holds ? 'in_force' : 'absent' };
        const wanted = strictest(limitsIn(each.target), meant);
        const isGone =
          (cpus === undefined || isSameShare(is.cpus, wanted.cpus)) &&
          (memory === undefined || is.memory === wanted.memory);
        return { state: isGone ? 'absent' : 'in_force' };
      });
    },

    settleMs: () => SETTLE_MS,
  };
}

/** A container that uses more than it may is ended by the kernel at once, which is another experiment than the one that was meant. */
async function whyInUse(
  api: DockerApi,
  target: Instance,
  memory: number,
): Promise<Hindrance | null> {
  const used = (await readUsage(api, target.id)).memory;
  if (used < memory) return null;
  return {
    why: `it uses ${megabytes(used)} of memory, and the limit would be ${megabytes(memory)}`,
    next: 'Choose a larger --size.',
  };
}

/**
 * The engine cannot unset a limit of memory, and hands on no -1 for swap, so that numbers say it which no machine reaches. With
 * cgroups v1 they are the kernel's own for none; with v2 swap is what the second is more than the first.
 */
async function noMemoryLimit(api: DockerApi): Promise<object> {
  const info = await api.read<{ CgroupVersion?: string }>('/info');
  return { Memory: info?.CgroupVersion === '2' ? 2 ** 62 : NO_LIMIT, MemorySwap: NO_LIMIT };
}

function strictest(before: ContainerLimits, effects: readonly LiveEffect[]): Limits {
  const all = effects.map(({ effect }) => parseEffect(effect));
  const { cpus, memory } = limitsOf(before);
  return {
    cpus: Math.min(cpus, ...all.map((each) => each.cpus ?? Infinity)),
    memory: Math.min(memory, ...all.map((each) => each.memory ?? Infinity)),
  };
}

/** The body of an update; what is so already is left out. The engine takes -1 for no quota, and cannot unset `NanoCpus`. */
function changes(
  now: ContainerLimits,
  before: ContainerLimits,
  wanted: Limits,
  noLimit: object,
): object {
  const is = limitsOf(now);
  const was = limitsOf(before);
  const isBefore = { cpus: wanted.cpus === was.cpus, memory: wanted.memory === was.memory };
  const cpu =
    before.nano_cpus > 0
      ? { NanoCpus: isBefore.cpus ? before.nano_cpus : Math.round(wanted.cpus * 1e9) }
      : isBefore.cpus
        ? {
            CpuPeriod: before.cpu_period || PERIOD_US,
            CpuQuota: before.cpu_quota > 0 ? before.cpu_quota : -1,
          }
        : { CpuPeriod: PERIOD_US, CpuQuota: Math.round(wanted.cpus * PERIOD_US) };
  const memory = isBefore.memory
    ? was.memory === Infinity
      ? noLimit
      : {
          Memory: before.memory,
          MemorySwap: before.memory_swap > 0 ? before.memory_swap : NO_LIMIT,
        }
    : { Memory: wanted.memory, MemorySwap: wanted.memory };
  return {
    ...(isSameShare(is.cpus, wanted.cpus) ? {} : cpu),
    ...(is.memory === wanted.memory ? {} : memory),
  };
}

/** A journal of an earlier gameday has none. */
export function limitsIn({ record }: Instance): ContainerLimits {
  const none = { nano_cpus: 0, cpu_period: 0, cpu_quota: 0, memory: 0, memory_swap: 0 };
  return (record as Partial<ContainerRecord>).resources ?? none;
}

const parseEffect = (effect: Effect): ResourceEffect => parseEffectBy(ResourceEffectSchema, effect);
