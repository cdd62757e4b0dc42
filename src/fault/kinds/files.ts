import { defineKind } from '../fault-kind.ts';
import type { FilesEffect } from '../files-effect.ts';
import { pathParam, wordParam } from '../param.ts';

const MISSING = { doing: 'hiding a file from', done: 'file-hidden', undo: 'put back' };
const READ_ONLY = { doing: 'write-protecting a file of', done: 'write-protected', undo: 'restore' };
const DENIED = { doing: 'denying a file to', done: 'file-denied', undo: 'restore' };

export const files = defineKind({
  kind: 'files',
  family: 'files',
  summary: 'have a file or folder of the target missing, read-only, or closed to it',
  words: MISSING,
  params: {
    path: pathParam('of the file or folder, as the target sees it', '/data/app.conf'),
    how: wordParam('what becomes of it', ['missing', 'readonly', 'permission']),
  },
  /** They overlap, each with a path of its own. */
  holds: null,
  on_restart: 'stays',
  default_duration_ms: 300_000,
  varies: ({ how }) => {
    if (how === 'readonly') return { words: READ_ONLY };
    return how === 'permission' ? { words: DENIED } : {};
  },
  effect: ({ path, how }) => ({ on: 'files', path, how: how ?? 'missing' }) satisfies FilesEffect,
});
