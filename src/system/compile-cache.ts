/**
 * Node's cache of compiled code, in a folder that no other user of the machine can write to. Node checks neither the owner
 * nor the content of what it finds there, so a folder that somebody else could have made would let them run their code as us.
 */
import type { Stats } from 'node:fs';

/** Turns the cache on where a folder for it is safe or can be made; else code is compiled anew each time. Never throws. */
export function useCompileCache(env: NodeJS.ProcessEnv = process.env): void {
  const folder = compileCacheFolder(env);
  if (folder !== null) process.getBuiltinModule('node:module').enableCompileCache(folder);
}

/** Absolute; made (0700) where it is missing. Null where there is none that belongs to this user alone. */
export function compileCacheFolder(env: NodeJS.ProcessEnv): string | null {
  const { lstatSync, mkdirSync, realpathSync } = process.getBuiltinModule('node:fs');
  const { dirname, isAbsolute, join } = process.getBuiltinModule('node:path');
  const uid = process.geteuid?.();
  const home = env.HOME ?? '';
  const isMac = process.platform === 'darwin';
  const caches =
    env.XDG_CACHE_HOME || (home && join(home, ...(isMac ? ['Library', 'Caches'] : ['.cache'])));
  if (uid === undefined || !caches || !isAbsolute(caches)) return null;
  const isOurs = (found: Stats) => found.isDirectory() && found.uid === uid;
  /** Nobody but this user and root can put another folder in its place: in /tmp the sticky bit sees to that. */
  const isSafeBelow = (folder: string): boolean => {
    const found = lstatSync(folder);
    const isKept = (found.mode & 0o022) === 0 || (found.mode & 0o1000) !== 0;
    if (!found.isDirectory() || (found.uid !== uid && found.uid !== 0) || !isKept) return false;
    return dirname(folder) === folder || isSafeBelow(dirname(folder));
  };
  const make = (folder: string) => {
    if (!lstatSync(folder, { throwIfNoEntry: false })) mkdirSync(folder, { mode: 0o700 });
  };
  try {
    if (!isSafeBelow(realpathSync(dirname(caches)))) return null;
    make(caches);
    const ours = join(realpathSync(caches), 'gameday');
    if (!isSafeBelow(dirname(ours))) return null;
    const folder = join(ours, 'node-compile-cache');
    for (const each of [ours, folder]) {
      make(each);
      const found = lstatSync(each);
      if (!isOurs(found) || (found.mode & 0o022) !== 0) return null;
    }
    return (lstatSync(folder).mode & 0o077) === 0 ? folder : null;
  } catch {
    return null; // Not there and not to be made, or not to be looked at.
  }
}
