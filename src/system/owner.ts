/** Whose file is this, and is that somebody whom we trust: ourselves, root, or who called us by sudo. */

import { execFileSync } from 'node:child_process';
import { lstatSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The name of a stranger that the file or a link to it belongs to; null: it is ours, root's, or not there. */
export function strangerOf(path: string): string | null {
  const owners = [lstatSync, statSync].flatMap((look) => uidOf(() => look(path)));
  const stranger = owners.find((uid) => !trusted().includes(uid));
  return stranger === undefined ? null : userName(stranger);
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

/** `daemon (uid 1)`; without a name where the system has none. */
export function userName(uid: number): string {
  try {
    const name = execFileSync('id', ['-un', '--', String(uid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 2000,
    });
    return `${name.toString().trim()} (uid ${uid})`;
  } catch {
    return `uid ${uid}`;
  }
}

/** Of this process's user; one without an entry among the system's users, as in many containers, by its number. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
