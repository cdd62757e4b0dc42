import type { DiskEffect } from '../disk-effect.ts';
import { defineKind } from '../fault-kind.ts';
import { pathParam, shareParam } from '../param.ts';

export const disk = defineKind({
  kind: 'disk',
  family: 'files',
  summary: 'fill a volume or tmpfs of the target up to what is left free',
  words: { doing: 'filling the disk of', done: 'disk-filled', undo: 'free' },
  params: {
    path: pathParam('folder in the target, on the file system that is filled', '/data'),
    leave: shareParam('of the file system that is left free', '5%'),
  },
  /** They overlap: the one that leaves least holds. */
  holds: null,
  on_restart: 'stays',
  default_duration_ms: 300_000,
  effect: ({ path, leave }) => ({ on: 'disk', path, leave }) satisfies DiskEffect,
});
