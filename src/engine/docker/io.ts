/**
 * The ability `io`: a slow disk under a folder of a container. `rate` is the kernel's own limit of what the control group of the
 * container may read and write on that disk a second; it goes with each end of the container, and is set again after a start.
 * `workers` are programs in a helper of their own that write to the folder's volume and wait for the disk; they end by themselves.
 */
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { type IoEffect, IoEffectSchema } from '../../fault/io-effect.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import type { InspectedContainer } from './docker-answers.ts';
import { runHelper } from './docker-helper.ts';
import { failed } from './helper-failure.ts';
import { type FoundPlace, limitsOf, NO_OTHER, strictest, whyNotIo } from './io-refusals.ts';
import {
  CLEAR,
  diskOf,
  EXAMINE_IO,
  LIMIT,
  NO_FOLDER,
  NO_LIMITS,
  parseFoundIo,
  WRITE,
} from './io-script.ts';
import type { NetworkWorld } from './network.ts';
import { among, mountAt, placeOf, wayTo } from './place.ts';
import { whySharedProcesses } from './shared-processes.ts';
import { endStanding, isStanding, stand } from './standing-helper.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 10_000;
const READY_MS = 20_000;
/** Of a fault without a limit: what writes never stays for good. */
const LONGEST_S = 86_400;

type Limit = NonNullable<IoEffect['limit']>;

export function createIo({
  api,
  tools,
  inspect,
}: Pick<NetworkWorld, 'api' | 'tools' | 'inspect'>): Ability {
  const helper = (
    target: Instance,
    script: string,
    args: string[],
    rights: Record<string, unknown>,
  ) => {
    const does = 'change of the disk';
    return helperBeside(tools, target, { does, purpose: 'io', script, args, rights });
  };

  const examine = async (target: Instance, effect: IoEffect): Promise<FoundPlace | Hindrance> => {
    const { path } = effect;
    const container = await api.read<InspectedContainer>(`/containers/${target.id}/json`);
    const rights = { ...among(target), CgroupnsMode: 'host' };
    const end = await runHelper(api, await helper(target, EXAMINE_IO, [path], rights));
    if (end.refused === null && end.code === NO_FOLDER)
      return { why: `it has no folder ${path}`, next: NO_OTHER };
    if (end.refused !== null || end.code !== 0)
      return { why: failed(target, 'look at the disk', end, true).message, next: NO_OTHER };
    const found = parseFoundIo(end.stdout);
    const disk = diskOf(path, found);
    const place = placeOf(path, found.mounts, container?.Mounts ?? []);
    const limit = disk && found.group ? { device: disk, group: found.group } : null;
    return { found, place, limit, container };
  };

  /** Bytes a second that it may read and write; 0: any. `bytes`: set before. Null: nothing can be limited there. */
  const limited = async (target: Instance, { device, group }: Limit, bytes: string) => {
    const { rights } = mountAt({ on: 'bind', source: group, inside: '' });
    const end = await runHelper(api, await helper(target, LIMIT, [device, bytes], rights));
    if (end.refused === null && end.code === 0) return limitsOf(end.stdout);
    if (end.refused !== null || end.code === NO_LIMITS) return null;
    throw failed(target, 'change of the disk', end, false);
  };

  const setLimits = async (
    now: Instance,
    effects: readonly IoEffect[],
    off: readonly IoEffect[],
  ) => {
    const limits = [...effects, ...off].flatMap(({ limit }) => limit ?? []);
    for (const [device, limit] of new Map(limits.map((each) => [each.device, each]))) {
      const wanted = strictest(device, effects);
      const got = await limited(now, limit, String(wanted));
      if (got?.read === wanted && got.write === wanted) continue;
      const later = got === null ? await inspect(now.id) : now;
      // It has ended meanwhile, and the limit with it.
      if (!later || !isUp(later) || later.incarnation !== now.incarnation) continue;
      const end = {
        refused: null,
        code: NO_LIMITS,
        stdout: '',
        stderr: 'the kernel did not take it',
      };
      throw failed(now, 'limit of the disk', end, false);
    }
  };

  const write = async ({ target, deadline, effect }: LiveEffect) => {
    const { workers, writer, place, path } = parseEffect(effect);
    const leftMs = deadline === null ? LONGEST_S * 1000 : Date.parse(deadline) - Date.now();
    const way = writer && place ? await wayTo(api, { target, path, place }, null) : null;
    if (!writer || !way || leftMs <= 0) return;
    const args = [way.folder, `.${writer}`, String(workers), String(Math.ceil(leftMs / 1000))];
    await stand(api, writer, target, await helper(target, WRITE, args, way.rights), READY_MS);
  };

  const endWriting = async ({ target, effect }: LiveEffect) => {
    const { writer, place, path } = parseEffect(effect);
    if (!writer || !place) return;
    await endStanding(api, writer, `end of what writes beside ${label(target)}`);
    const way = await wayTo(api, { target, path, place }, null);
    if (!way) return;
    const args = [way.folder, `.${writer}`];
    const end = await runHelper(api, await helper(target, CLEAR, args, way.rights));
    if (end.refused !== null || end.code !== 0)
      throw failed(target, 'removal of files', end, end.refused !== null);
  };

  return {
    async whyNot(target, effect) {
      const parsed = parseEffect(effect);
      const why = (await whySharedProcesses(api, target)) ?? (await tools.whyLacking());
      if (why) return why;
      const found = await examine(target, parsed);
      if ('why' in found) return found;
      const isLimitable =
        parsed.bytes_per_s === null ||
        (found.limit !== null && (await limited(target, found.limit, '')) !== null);
      return whyNotIo(parsed, found, isLimitable);
    },

    async bind(target, effect, live) {
      const parsed = parseEffect(effect);
      const found = await examine(target, parsed);
      const refuse = (why: string, next: string) =>
        new Refusal('unsupported_target', `${label(target)}: ${why}.`, next);
      if ('why' in found) throw refuse(found.why, found.next);
      const { limit, place } = found;
      const { bytes_per_s, workers } = parsed;
      const isLimited = bytes_per_s !== null && limit !== null;
      const ours = live.map((each) => parseEffect(each.effect).limit?.device);
      const before = isLimited ? await limited(target, limit, '') : null;
      if (before && before.read + before.write > 0 && !ours.includes(limit?.device))
        throw refuse(`its disk ${limit?.device} has a limit that is not ours`, NO_OTHER);
      return {
        ...parsed,
        ...(place && { place }),
        ...(isLimited && { limit }),
        ...(workers > 0 && { writer: `gameday-io-${crypto.randomUUID().slice(0, 12)}` }),
      };
    },

    async set(target, effects, undone = []) {
      const now = await inspect(target.id);
      const off = undone.filter(({ fault }) => !effects.some((each) => each.fault === fault));
      for (const each of off) await endWriting(each);
      // A control group goes with its processes.
      if (now && isUp(now)) await setLimits(now, effects.map(effectOf), off.map(effectOf));
      for (const each of effects) await write(each);
    },

    read: (now, effects, meant = []) =>
      Promise.all(
        effects.map(async ({ fault, effect }): Promise<Reading> => {
          const { limit, bytes_per_s, writer } = parseEffect(effect);
          const isWriting = writer !== undefined && (await isStanding(api, writer));
          if (!limit || !isUp(now) || isWriting)
            return { state: isWriting ? 'in_force' : 'absent' };
          const got = await limited(now, limit, '');
          const wanted = strictest(limit.device, meant.map(effectOf));
          const isMeant = meant.some((each) => each.fault === fault);
          const holds = got !== null && got.write > 0 && got.write <= (bytes_per_s ?? 0);
          const isGone = got === null || got.write === wanted;
          return { state: (isMeant ? holds : !isGone) ? 'in_force' : 'absent' };
        }),
      ),

    settleMs: () => SETTLE_MS,

    /** The life of the target: a new one has no limit. */
    async restsOn(target, effects) {
      if (!effects.some((each) => parseEffect(each.effect).limit)) return null;
      const now = await inspect(target.id);
      return now && isUp(now) ? now.incarnation : null;
    },
  };
}

const effectOf = ({ effect }: LiveEffect): IoEffect => parseEffect(effect);
const parseEffect = (effect: Effect): IoEffect => parseEffectBy(IoEffectSchema, effect);
