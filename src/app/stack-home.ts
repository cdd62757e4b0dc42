/**
 * Where the runs of a stack are kept that flags name: with the stack, not where somebody stood who named it. Else its faults
 * would be live for one folder, and for all others there would be none.
 * Lacks on purpose: a list of all runs; a stack that is gone is found by its folder, or by --state-dir.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readRun } from '../journal/index.ts';
import { isUnderWay, type Run } from '../run/run.ts';
import { checksum } from '../system/checksum.ts';
import { rememberedState, userFolder } from './elsewhere.ts';
import { DEFAULT_ENGINE, engineKind } from './engines.ts';
import { findFolder, findStateDir, hasStory, isSomewhere, type PlaceFlags } from './locate.ts';

export interface Home {
  /** To go on with, beside those that were typed. */
  flags: Pick<PlaceFlags, 'home' | 'state-dir'>;
  /** What is not certain about it, for people; else null. */
  note: string | null;
}

const HERE: Home = { flags: {}, note: null };

/**
 * `begins`: the command may begin a run. Nothing is changed where a story is found, or a run of that stack is under way: then that is the place. Asks the engine where
 * a project is named. Throws as the engine does that cannot be asked: nobody could say then that no fault is live.
 */
export async function findHome(flags: PlaceFlags, cwd: string, begins: boolean): Promise<Home> {
  if (flags['state-dir'] || flags.story) return HERE;
  const { 'compose-file': [file] = [], project, context, namespace } = flags;
  const isNamed = [file, project, context, namespace].some((each) => each !== undefined);
  if (!isNamed) return begins && isSomewhere(cwd) ? HERE : asBefore(flags, cwd);
  if (hasStory(cwd)) return HERE;
  if (file !== undefined)
    return isSomewhere(cwd) ? HERE : { ...HERE, flags: { home: dirname(resolve(cwd, file)) } };
  if (context !== undefined && namespace !== undefined && project === undefined)
    return isSomewhere(cwd) ? HERE : ofUser('kubernetes', `${context}-${namespace}`);
  const { kind, homes, owned } = engineKind(flags.engine ?? DEFAULT_ENGINE.kind);
  if (project === undefined || owned || isUnderWayHere(flags, cwd, kind)) return HERE;
  if (!homes) return isSomewhere(cwd) ? HERE : ofUser(kind, project);
  const { address, folders } = await homes(project);
  const [home, second] = usable(folders);
  if (usable(folders).includes(real(findFolder(cwd)))) return HERE;
  if (home !== undefined && second === undefined) return { ...HERE, flags: { home } };
  if (folders.length === 0 && isSomewhere(cwd)) return HERE;
  const found = ofUser(kind, project, address);
  const note = `No instance of ${project} says where its runs are kept. Looking in ${found.flags['state-dir']}; if they are elsewhere, add --state-dir.`;
  return folders.length === 0 ? { ...found, note } : found;
}

/** No stack is named: where no run is under way here, the one that was last named from here is meant. */
function asBefore(flags: PlaceFlags, cwd: string): Home {
  const stateDir = rememberedState(cwd);
  if (stateDir === null || runAt(() => findStateDir(flags, cwd)) !== null) return HERE;
  return runAt(() => stateDir) === null ? HERE : { ...HERE, flags: { 'state-dir': stateDir } };
}

function isUnderWayHere(flags: PlaceFlags, cwd: string, kind: string): boolean {
  const run = runAt(() => findStateDir(flags, cwd));
  return run?.engine.kind === kind && run.engine.project === flags.project;
}

/** The one that is under way; null: none, as far as that can be read. What is wrong there is told by whoever means it. */
function runAt(findState: () => string): Run | null {
  try {
    const { run } = readRun(findState());
    return run && isUnderWay(run) ? run : null;
  } catch {
    return null;
  }
}

/** Those that are on this machine, and in which this user may keep something. */
function usable(folders: readonly string[]): string[] {
  const found = folders.filter((folder) => {
    try {
      accessSync(folder, constants.W_OK);
      return statSync(folder).isDirectory();
    } catch {
      return false;
    }
  });
  return [...new Set(found.map(real))];
}

/** A folder of the user's, for what has none of its own on this machine. */
function ofUser(kind: string, name: string, address = ''): Home {
  const plain = name.replaceAll(/[^\w.-]+/g, '-').slice(0, 80);
  const stateDir = join(
    userFolder(),
    `${kind}-${plain}-${checksum(`${name} ${address}`).slice(0, 8)}`,
  );
  return { ...HERE, flags: { 'state-dir': stateDir } };
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
