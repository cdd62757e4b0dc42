/**
 * The ability `stress`: processors that are kept busy and memory that is taken as if the container itself did it. A helper has
 * the namespace of its processes, so that the kernel ends it with the target's own life, and puts what carries the load into the
 * control groups of the target: what limits the target limits both together. It stays when its maker is gone, and ends by itself
 * at the fault's limit. Nothing is installed in the target.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { amountsOf, type StressEffect, StressEffectSchema } from '../../fault/resource-effect.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { cpusText, megabytes, reserveOf } from '../load-amounts.ts';
import { drawName, nameOf } from '../load-name.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { limitsOf } from './container-limits.ts';
import { COUNT_OOM_KILLS, parseOomKills } from './control-groups.ts';
import { runHelper } from './docker-helper.ts';
import { cpusBetween, mostOf, readUsage } from './machine.ts';
import type { NetworkWorld } from './network.ts';
import { limitsIn } from './resources.ts';
import { endStanding, isStanding, stand } from './standing-helper.ts';
import { type Examined, examineStress, whyTooMuch } from './stress-exam.ts';
import { BUSY, FILL, rightsOf } from './stress-script.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 10_000;
const BUSY_MS = 20_000;
/** So much is taken in a second at least, on any machine. */
const FILL_BYTES_PER_S = 20 * 1024 ** 2;
/** Over which processor time is measured. */
const MEASURE_MS = 1000;
/** Of a fault without a limit: a load never stays for good. */
const LONGEST_S = 3600;
const MB = 1024 ** 2;

type World = Pick<NetworkWorld, 'api' | 'tools' | 'inspect'>;

export function createStress(world: World): Ability {
  const { api, tools, inspect } = world;
  /** What was found out for a refusal is not asked again a moment later. */
  const examined = new Map<string, Examined>();

  const resolved = async (target: Instance, effect: Effect): Promise<StressEffect> => {
    const most = await mostOf(api, limitsOf(limitsIn(target)));
    return { on: 'stress', ...amountsOf(parseEffect(effect), most) };
  };
  const examine = async (target: Instance, effect: StressEffect) => {
    const found = await examineStress(world, target, effect);
    if (!('why' in found)) examined.set(keyOf(target, effect), found);
    return found;
  };

  const start = async (each: LiveEffect, now: Instance) => {
    const effect = parseEffect(each.effect);
    const { memory } = effect;
    const leftS = each.deadline === null ? LONGEST_S : secondsUntil(each.deadline);
    if (leftS <= 0) return;
    const machine = await mostOf(api, { cpus: 0, memory: Infinity });
    const helper = await helperBeside(tools, now, {
      does: doesOf(effect),
      purpose: 'stress',
      script: memory === undefined ? BUSY : FILL,
      args: [String(leftS), ...wordsOf(effect, machine.memory)],
      rights: rightsOf(now, effect.groups ?? [], memory),
    });
    const readyMs = BUSY_MS + ((memory ?? 0) / FILL_BYTES_PER_S) * 1000;
    await stand(api, nameOf(effect), now, helper, readyMs);
  };

  /** The kernel's own count; null where it has none, or the target was ended with it. */
  const oomKills = async (now: Instance, effect: StressEffect): Promise<number | null> => {
    const helper = await helperBeside(tools, now, {
      does: 'look at the memory',
      purpose: 'stress',
      script: COUNT_OOM_KILLS,
      rights: rightsOf(now, effect.groups ?? []),
    });
    const end = await runHelper(api, helper);
    return end.refused === null && end.code === 0 ? parseOomKills(end.stdout) : null;
  };

  return {
    async whyNot(target, effect) {
      const amounts = await resolved(target, effect);
      const found = await examine(target, amounts);
      if ('why' in found) return found;
      return whyTooMuch(api, target, amounts, found);
    },

    async bind(target, effect) {
      const amounts = await resolved(target, effect);
      const key = keyOf(target, amounts);
      const found = examined.get(key) ?? (await examine(target, amounts));
      examined.delete(key);
      if ('why' in found) throw refusalOf(target, found);
      const { groups, oom_kills } = found;
      return { ...amounts, name: drawName(), groups, ...(oom_kills !== null && { oom_kills }) };
    },

    async set(target, effects, undone = []) {
      const now = await inspect(target.id);
      const off = undone.filter(({ fault }) => !effects.some((each) => each.fault === fault));
      for (const { effect } of off) {
        const parsed = parseEffect(effect);
        await endStanding(api, nameOf(parsed), `${doesOf(parsed)} of ${label(target)}`);
      }
      if (!now || !isUp(now)) return; // What carried a load has ended with it.
      for (const each of effects)
        if (each.target.incarnation === now.incarnation) await start(each, now);
    },

    async read(now, effects) {
      return Promise.all(
        effects.map(async ({ target, effect }): Promise<Reading> => {
          const parsed = parseEffect(effect);
          const isHere = isUp(now) && target.incarnation === now.incarnation;
          if (!(await isStanding(api, nameOf(parsed)))) return { state: 'absent' };
          const kills = isHere && parsed.memory !== undefined ? await oomKills(now, parsed) : null;
          const more = (kills ?? 0) - (parsed.oom_kills ?? 0);
          return { state: 'in_force', ...(more > 0 && { note: oomNote(now, more) }) };
        }),
      );
    },

    async measure(target, effect) {
      const { memory } = parseEffect(effect);
      const before = await readUsage(api, target.id);
      if (memory !== undefined) {
        const limit = limitsOf(limitsIn(target)).memory;
        const of = limit < Infinity ? ` of ${megabytes(limit)}` : '';
        return `${label(target)} has ${megabytes(before.memory)}${of} in use`;
      }
      await delay(MEASURE_MS);
      const used = cpusBetween(before, await readUsage(api, target.id));
      return `${label(target)} uses ${cpusText(used)}`;
    },

    settleMs: () => SETTLE_MS,
  };
}

function oomNote(now: Instance, kills: number): string {
  const processes = kills === 1 ? 'a process' : `${kills} processes`;
  return `${label(now)}: the kernel has ended ${processes} in it for want of memory`;
}

/** After the seconds; `machine`: whose memory is kept free for the others. */
function wordsOf({ cpus = 0, memory }: StressEffect, machine: number): string[] {
  if (memory !== undefined)
    return [String(Math.floor(memory / MB)), String(Math.floor(reserveOf(machine) / 1024))];
  const whole = Math.floor(cpus);
  return [String(whole), String(Math.round((cpus - whole) * 100))];
}

function doesOf({ memory }: StressEffect): string {
  return memory === undefined ? 'load on the processors' : 'filling of the memory';
}

function keyOf({ id, incarnation }: Instance, effect: StressEffect): string {
  return JSON.stringify([id, incarnation, effect]);
}

function secondsUntil(deadline: string): number {
  return Math.ceil((Date.parse(deadline) - Date.now()) / 1000);
}

function refusalOf(target: Instance, { why }: Hindrance): Refusal {
  const next = 'Look at the stack, and try again.';
  return new Refusal('unsupported_target', `${label(target)}: ${why}.`, next);
}

const parseEffect = (effect: Effect): StressEffect => parseEffectBy(StressEffectSchema, effect);
