/**
 * The ability `files`: a file or folder of a container that is missing, read-only, or closed to its programs. A helper renames
 * it, takes bits off its mode, or has the file system protect it, each by one call of the kernel; what undoes it is recorded
 * with the intent. On a volume that is also undone when the container is down, gone, or another one; what is in its own layer
 * goes with it, and what is in its memory (tmpfs) ends with a restart. What somebody else does to the path meanwhile stays.
 */
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type FilesEffect, FilesEffectSchema } from '../../fault/files-effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import type { InspectedContainer } from './docker-answers.ts';
import { runHelper } from './docker-helper.ts';
import {
  doesTo,
  type FoundFile,
  folderOf,
  nameOf,
  parseFoundFile,
  whyNotPath,
} from './files-found.ts';
import {
  CHANGE_FILE,
  EXAMINE_FILE,
  type FileLook,
  HELD,
  LINK_THERE,
  NOT_THE_SAME,
  NOTHING_THERE,
  TAKEN,
} from './files-script.ts';
import { failed } from './helper-failure.ts';
import type { NetworkWorld } from './network.ts';
import { among, isWithin, mountAt, placeOf, type Way, wayTo } from './place.ts';
import { whySharedProcesses } from './shared-processes.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 5000;
const RIGHTS = ['DAC_OVERRIDE', 'FOWNER', 'FSETID', 'LINUX_IMMUTABLE'];
const NEXT = 'Choose another path, or another target.';

export function createFiles({
  api,
  tools,
  inspect,
}: Pick<NetworkWorld, 'api' | 'tools' | 'inspect'>): Ability {
  const run = async (
    target: Instance,
    { rights }: Pick<Way, 'rights'>,
    script: string,
    args: string[],
  ) => {
    const does = 'change of files';
    const spec = { does, purpose: 'files', script, args, rights } as const;
    return runHelper(api, await helperBeside(tools, target, spec));
  };

  /** What stands at the path; or why nothing can be done to it. */
  const examine = async (target: Instance, effect: FilesEffect): Promise<Examined | Hindrance> => {
    const { path } = effect;
    const container = await api.read<InspectedContainer>(`/containers/${target.id}/json`);
    const end = await run(target, { rights: among(target) }, EXAMINE_FILE, [path]);
    const no = (why: string, next = NEXT): Hindrance => ({ why, next });
    if (end.refused === null && end.code === NOTHING_THERE) return no(`it has no ${path}`);
    if (end.refused === null && end.code === LINK_THERE) {
      const [at, to] = end.stdout.split('\n');
      return no(`${at} is a link to ${to}`, 'Name the path that it leads to.');
    }
    if (end.refused !== null || end.code !== 0)
      return no(failed(target, 'look at the files', end, true).message.replace(/\.$/, ''));
    const found = parseFoundFile(end.stdout);
    const mounts = container?.Mounts ?? [];
    const place = placeOf(folderOf(path), found.mounts, mounts) ?? { on: 'layer' as const };
    return whyNotPath(effect, found, mounts) ?? { found, place };
  };

  /** Null: what it was done to is gone. `among`: as the target itself sees it, where that runs. */
  const reach = async (
    { target }: LiveEffect,
    { path, place }: FilesEffect,
    now: Instance | null,
  ): Promise<Way | null> => {
    const folder = folderOf(path);
    if (place === undefined) return null;
    if (place.on !== 'layer') return wayTo(api, { target, path: folder, place }, now);
    if (now && isUp(now)) return { rights: among(now), folder: `/proc/1/root${folder}` };
    const found = await api.read<InspectedContainer>(`/containers/${target.id}/json`);
    if (!found) return null;
    const upper = found.GraphDriver?.Data?.UpperDir;
    if (upper) return mountAt({ on: 'bind', source: upper, inside: folder.slice(1) });
    const message = `${path} of ${label(target)} cannot be reached while it is down: this engine does not say where its own layer is.`;
    throw new EngineError(message, { definite: true, next: 'Start it, and recover again.' });
  };

  const change = async (act: 'do' | 'undo' | 'look', each: LiveEffect, now: Instance | null) => {
    const effect = parseEffect(each.effect);
    const { does, path, inode = '' } = effect;
    const way = await reach(each, effect, now);
    if (!does || !way) return null;
    const more =
      does.change === 'name' ? does.to : does.change === 'mode' ? does.bits.toString(8) : '';
    // Its number is another one where the layer is not mounted.
    const number = effect.place?.on === 'layer' ? '' : inode;
    const args = [act, way.folder, nameOf(path), number, does.change, more];
    const had = way.rights.CapAdd as string[];
    const rights = { ...way.rights, CapAdd: [...new Set([...had, ...RIGHTS])] };
    const end = await run(each.target, { rights }, CHANGE_FILE, args);
    if (end.refused === null && end.code === 0) return end.stdout.trim() as FileLook;
    if (end.refused === null && end.code === TAKEN) throw taken(each, effect);
    if (end.refused === null && end.code === HELD) throw held(each, effect);
    const isUntouched = end.refused !== null || end.code === NOT_THE_SAME;
    throw failed(each.target, `change of ${path}`, end, isUntouched);
  };

  return {
    async whyNot(target, effect) {
      const why = (await whySharedProcesses(api, target)) ?? (await tools.whyLacking());
      if (why) return why;
      const examined = await examine(target, parseEffect(effect));
      return 'why' in examined ? examined : null;
    },

    async bind(target, effect, live) {
      const parsed = parseEffect(effect);
      const other = live.find((each) => overlaps(parseEffect(each.effect).path, parsed.path));
      const examined: Examined | Hindrance = other
        ? { why: `${other.fault} has ${parseEffect(other.effect).path} already`, next: NEXT }
        : await examine(target, parsed);
      if ('why' in examined)
        throw new Refusal(
          'unsupported_target',
          `${label(target)}: ${examined.why}.`,
          examined.next,
        );
      const { found, place } = examined;
      const spare = `.gameday-${target.id.slice(0, 12)}-${crypto.randomUUID().slice(0, 8)}`;
      return { ...parsed, place, does: doesTo(parsed, found, spare), inode: found.inode };
    },

    async set(target, effects, undone = []) {
      const now = await inspect(target.id);
      for (const each of undone)
        if (!effects.some(({ fault }) => fault === each.fault)) await change('undo', each, now);
      for (const each of effects) await change('do', each, now);
    },

    read: (now, effects) =>
      Promise.all(
        effects.map(async (each) =>
          readingOf(parseEffect(each.effect), await change('look', each, now)),
        ),
      ),

    settleMs: () => SETTLE_MS,
  };
}

interface Examined {
  found: FoundFile;
  place: NonNullable<FilesEffect['place']>;
}

/** `look`: null where what it was done to is gone with the target. */
function readingOf({ path, does }: FilesEffect, look: FileLook | null): Reading {
  switch (look) {
    case 'in_force':
      return { state: 'in_force' };
    case 'taken':
      return { state: 'in_force', instead: `somebody has put another ${path} in its place` };
    case 'other':
      return { state: 'absent', instead: `somebody has put another ${path} in its place` };
    case 'partly':
      return { state: 'absent', instead: `somebody has changed the mode of ${path}` };
    case 'lost':
      return {
        state: 'absent',
        instead: `somebody has removed ${does?.change === 'name' ? 'what was' : ''} ${path}`,
      };
    default:
      return { state: 'absent' };
  }
}

/** One of them is the other, or is below it. */
function overlaps(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function taken({ target, fault }: LiveEffect, { path, does }: FilesEffect): EngineError {
  const kept = `${folderOf(path)}/${does?.change === 'name' ? does.to : ''}`;
  const message = `${path} of ${label(target)} is there again, made by somebody else; the one from before is ${kept}. Neither is overwritten.`;
  const next = `Remove or rename one of them, then \`fault recover ${fault}\`.`;
  return new EngineError(message, { definite: true, reason: 'taken', next });
}

function held({ target }: LiveEffect, { path }: FilesEffect): EngineError {
  const message = `${path} of ${label(target)} cannot be reached: a folder on the way is hidden by another fault.`;
  return new EngineError(message, { definite: true, reason: 'held', next: 'fault recover' });
}

const parseEffect = (effect: Effect): FilesEffect => parseEffectBy(FilesEffectSchema, effect);
