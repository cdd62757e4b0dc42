/**
 * The ability `disk`: room on a file system of a container that is taken by one file a fault, which bears the fault's name. A
 * helper puts it there through the volume itself, so that it also comes off when the container is down, gone, or another one;
 * what is in the container's memory (tmpfs) is reached through its processes, and gone with them.
 */

import { type DiskEffect, DiskEffectSchema } from '../../fault/disk-effect.ts';
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { EXAMINE, NO_FOLDER, parseFound, whyNotFilled } from './disk-place.ts';
import type { InspectedContainer } from './docker-answers.ts';
import { type HelperEnd, runHelper } from './docker-helper.ts';
import { failed } from './helper-failure.ts';
import type { NetworkWorld } from './network.ts';
import { among, placeOf, wayTo } from './place.ts';
import { whySharedProcesses } from './shared-processes.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 10_000;
/** Shares are counted in these. */
const SHARES = 1_000_000;
/** Exit code: it did not become as full as it was to be, and nothing is left of it. */
const NOT_FILLED = 45;

/**
 * `$1` the folder, `$2` the file, `$3` what is left free in millionths. Takes what is missing, also where some was taken
 * before. What only the superuser may use counts as taken.
 */
const FILL = `
[ -d "$1" ] || exit ${NO_FOLDER}
cd "$1" || exit ${NOT_FILLED}
file=$2 share=$3
room() { set -- $(stat -f -c '%a %b %S' .); more=$((($1 - $2 * share / ${SHARES}) * $3)); slack=$(($2 * $3 / 100)); }
room
umask 077
have=0
[ ! -e "$file" ] || have=$(($(stat -c %b "$file") * 512))
: >>"$file" || exit ${NOT_FILLED}
if [ $more -gt 0 ]; then
  fallocate -l $((have + more)) "$file" || dd if=/dev/zero bs=65536 count=$((more / 65536)) >>"$file"
fi
room
[ $more -le $slack ] && exit 0
rm -f "$file"
echo "it takes no more" >&2
exit ${NOT_FILLED}`;
const FREE = `
rm -f "$1/$2"
[ ! -e "$1/$2" ]`;
const LOOK = `
[ -e "$1/$2" ] && echo there
true`;

export function createDisk({
  api,
  tools,
  inspect,
}: Pick<NetworkWorld, 'api' | 'tools' | 'inspect'>): Ability {
  const run = async (
    target: Instance,
    does: string,
    rights: Record<string, unknown>,
    script: string,
    args: string[],
  ) =>
    runHelper(
      api,
      await helperBeside(tools, target, { does, purpose: 'disk', script, args, rights }),
    );

  const examine = async (target: Instance, path: string) => {
    const container = await api.read<InspectedContainer>(`/containers/${target.id}/json`);
    const end = await run(target, 'look at the disk', among(target), EXAMINE, [path]);
    return { mounts: container?.Mounts ?? [], end };
  };

  const change = async (each: LiveEffect, now: Instance | null, script: string, what: string) => {
    const effect = parseEffect(each.effect);
    const { path, place } = effect;
    const way = place ? await wayTo(api, { target: each.target, path, place }, now) : null;
    if (!way) return null;
    const share = String(Math.round(effect.leave * SHARES));
    const args = [way.folder, fileOf(each), share];
    const end = await run(each.target, what, way.rights, script, args);
    if (end.refused === null && end.code === 0) return end.stdout;
    throw failed(
      each.target,
      what,
      end,
      end.refused !== null || [NOT_FILLED, NO_FOLDER].includes(end.code ?? 0),
    );
  };

  return {
    async whyNot(target, effect) {
      const { path, leave } = parseEffect(effect);
      const why = (await whySharedProcesses(api, target)) ?? (await tools.whyLacking());
      if (why) return why;
      const { mounts, end } = await examine(target, path);
      return (
        whyUnseen(target, path, end) ?? whyNotFilled(path, leave, parseFound(stdoutOf(end)), mounts)
      );
    },

    async bind(target, effect) {
      const parsed = parseEffect(effect);
      const { mounts, end } = await examine(target, parsed.path);
      const unseen = whyUnseen(target, parsed.path, end);
      const place = unseen ? null : placeOf(parsed.path, parseFound(stdoutOf(end)).mounts, mounts);
      if (place) return { ...parsed, place };
      const why = unseen?.why ?? `${parsed.path} is no volume and no tmpfs any more`;
      throw new Refusal(
        'unsupported_target',
        `${label(target)}: ${why}.`,
        'Look at the stack, and try again.',
      );
    },

    async set(target, effects, undone = []) {
      const now = await inspect(target.id);
      for (const each of undone)
        if (!effects.some(({ fault }) => fault === each.fault))
          await change(each, now, FREE, 'freeing of the disk');
      for (const each of effects) await change(each, now, FILL, 'filling of the disk');
    },

    async read(now, effects) {
      return Promise.all(
        effects.map(async (each): Promise<Reading> => {
          const said = await change(each, now, LOOK, 'look at the disk');
          return { state: said?.includes('there') ? 'in_force' : 'absent' };
        }),
      );
    },

    settleMs: () => SETTLE_MS,
  };
}

/** Several targets may share a volume. */
function fileOf({ fault, target }: LiveEffect): string {
  return `.gameday-${fault}-${target.id.slice(0, 12)}`;
}

function whyUnseen(target: Instance, path: string, end: HelperEnd): Hindrance | null {
  if (end.refused === null && end.code === 0) return null;
  const next = 'Choose another folder, or another target.';
  if (end.refused === null && end.code === NO_FOLDER)
    return { why: `it has no folder ${path}`, next };
  return { why: failed(target, 'look at the disk', end, true).message.replace(/\.$/, ''), next };
}

function stdoutOf(end: HelperEnd): string {
  return end.refused === null ? end.stdout : '';
}

const parseEffect = (effect: Effect): DiskEffect => parseEffectBy(DiskEffectSchema, effect);
