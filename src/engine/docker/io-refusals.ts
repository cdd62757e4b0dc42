/** Why the disk under a folder cannot be slowed, and what of several limits holds. Pure. */
import type { IoEffect } from '../../fault/io-effect.ts';
import type { Place } from '../../fault/place.ts';
import type { Hindrance } from '../engine.ts';
import type { InspectedContainer } from './docker-answers.ts';
import { type FoundIo, WRITTEN_BYTES } from './io-script.ts';
import { mountOf } from './place.ts';

export const NO_OTHER = 'Choose another folder, or another target.';

/** What a look at the folder found. */
export interface FoundPlace {
  found: FoundIo;
  /** Null: in the container's own layer, or on nothing that is reached from beside it. */
  place: Place | null;
  /** Null: it is on no disk, or the kernel limits none. */
  limit: NonNullable<IoEffect['limit']> | null;
  container: InspectedContainer | null;
}

/** `isLimitable`: its control group takes limits, or none is asked for. */
export function whyNotIo(
  effect: IoEffect,
  { found, place, limit, container }: FoundPlace,
  isLimitable: boolean,
): Hindrance | null {
  const { path, workers, bytes_per_s } = effect;
  const no = (why: string, next = NO_OTHER): Hindrance => ({ why, next });
  const on = mountOf(path, found.mounts);
  const { BlkioDeviceReadBps, BlkioDeviceWriteBps } = container?.HostConfig ?? {};
  if (bytes_per_s !== null && (BlkioDeviceReadBps?.length || BlkioDeviceWriteBps?.length))
    return no('it was made with a limit of a disk of its own');
  if (!limit)
    return no(`${path} is on no disk of the machine that the kernel could slow (${on?.kind})`);
  if (!isLimitable)
    return no(
      'the kernel has no limits of disks for it, or the engine has no right to them',
      'Choose --workers in place of --rate.',
    );
  if (workers === 0) return null;
  if (!place || place.on === 'tmpfs')
    return no(
      `${path} is in its own layer, where nothing else can write`,
      'Choose a folder on a volume, or --rate.',
    );
  if (on?.isReadOnly) return no(`${on.at} is read-only for it`);
  if (found.free < 2 * workers * WRITTEN_BYTES)
    return no(`only ${Math.round(found.free / 1024 ** 2)} MB of ${on?.at} are free`);
  return {
    why: `${on?.at} is on a disk that others use as well, and they would be slow, too`,
    next: 'Choose --rate, which is for the target alone, or `--overrule shared_disk`.',
    guard: 'shared_disk',
  };
}

/** Of several limits on one disk the lowest one holds; 0: none. */
export function strictest(device: string, effects: readonly IoEffect[]): number {
  const all = effects
    .filter(({ limit }) => limit?.device === device)
    .flatMap(({ bytes_per_s }) => bytes_per_s ?? []);
  return all.length > 0 ? Math.min(...all) : 0;
}

/** Bytes a second; 0: any. `text`: what LIMIT printed. */
export function limitsOf(text: string): { read: number; write: number } {
  const [read = 0, write = 0] = text.split('\n').map(Number);
  return { read, write };
}
