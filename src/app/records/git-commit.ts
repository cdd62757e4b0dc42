/** Which commit the folder of a story is at, read from git's own files: it costs a command no program. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** A reference may name another one. */
const MOST_STEPS = 5;

/** Null where the folder is in no repository; `commit` is null where it has none yet, or where git keeps it in a way of its own. */
export function readGitCommit(folder: string): { commit: string | null } | null {
  const gitDir = findGitDir(folder);
  if (gitDir === null) return null;
  const common = read(join(gitDir, 'commondir'));
  const places = common === null ? [gitDir] : [gitDir, resolve(gitDir, common)];
  let name = 'HEAD';
  for (let step = 0; step < MOST_STEPS; step++) {
    const said = places.map((place) => read(join(place, name))).find((text) => text !== null);
    if (said === undefined) return { commit: packed(places, name) };
    if (COMMIT.test(said)) return { commit: said };
    const [, next] = /^ref: (refs\/\S+)$/.exec(said) ?? [];
    if (next === undefined || next.includes('..')) return { commit: null };
    name = next;
  }
  return { commit: null };
}

function findGitDir(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, '.git');
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return path;
    // A worktree or a submodule says where its own is.
    const [, where] = found ? (/^gitdir: (.+)$/.exec(read(path) ?? '') ?? []) : [];
    if (where !== undefined) return resolve(at, where);
    if (dirname(at) === at) return null;
  }
}

function packed(places: readonly string[], name: string): string | null {
  for (const place of places)
    for (const line of (read(join(place, 'packed-refs')) ?? '').split('\n')) {
      const [commit, ref] = line.split(' ');
      if (ref === name && commit !== undefined && COMMIT.test(commit)) return commit;
    }
  return null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
