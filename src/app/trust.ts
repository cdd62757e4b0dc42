/**
 * Whose file is this? What is found by looking upwards, and not asked for by its path, runs code: so it must belong to this user
 * or to root, in a folder that nobody else can put files into. `git` holds it the same way.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '../terms/outcomes.ts';

const WRITABLE_BY_ALL = 0o002;
/** In such a folder only the owner of a file can replace it. */
const STICKY = 0o1000;

/** Throws Refusal `not_trusted` with the owner's name. `next`: what to type where it is meant all the same. */
export function refuseForeignFile(path: string, next: string): void {
  const foreign = ownerOf(path);
  if (foreign !== null)
    throw refusal(
      `${path} belongs to ${foreign}, and what stands in it would be run as you.`,
      next,
    );
  const folder = dirname(path);
  const { mode } = statSync(folder);
  if ((mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0)
    throw refusal(`Everybody may put files into ${folder}, so ${path} is not trusted.`, next);
}

/** Throws Refusal `not_trusted` for a state folder that another user has made, or that another user's link leads to. */
export function refuseForeignFolder(path: string): void {
  const foreign = ownerOf(path);
  if (foreign === null) return;
  const next = 'Use a folder of your own: --state-dir DIR';
  throw refusal(`The state folder ${path} belongs to ${foreign}.`, next);
}

function refusal(message: string, next: string): Refusal {
  return new Refusal('not_trusted', message, next);
}

/** The name of a stranger that the file or a link to it belongs to; null: it is ours, root's, or not there. */
function ownerOf(path: string): string | null {
  const owners = [lstatSync, statSync].flatMap((look) => uidOf(() => look(path)));
  const stranger = owners.find((uid) => !trusted().includes(uid));
  return stranger === undefined ? null : nameOf(stranger);
}

function uidOf(look: () => Stats): number[] {
  try {
    return [look().uid];
  } catch {
    return []; // What is not there, or cannot be looked at, is told by whoever reads it.
  }
}

/** Whoever called us by sudo is not a stranger. */
function trusted(): number[] {
  const uid = process.getuid?.() ?? 0;
  const caller = Number(process.env.SUDO_UID ?? Number.NaN);
  return uid === 0 && Number.isInteger(caller) ? [0, caller] : [0, uid];
}

function nameOf(uid: number): string {
  try {
    const name = execFileSync('id', ['-un', '--', String(uid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 2000,
    });
    return `the user ${name.toString().trim()}`;
  } catch {
    return `the user with the number ${uid}`;
  }
}
