/**
 * Which state folder was last meant from where somebody stands, where that is not the one that is found from there: so that
 * `fault recover` alone recovers what was broken from here, whichever stack was named. A hint: whoever reads it looks whether a
 * run is under way there.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { checksum } from '../system/checksum.ts';
import { replaceFile } from '../system/files.ts';

/** Of this user, for what has no better place. */
export function userFolder(): string {
  const { XDG_STATE_HOME: given = '' } = process.env;
  return join(isAbsolute(given) ? given : join(homedir(), '.local', 'state'), 'gameday');
}

/** `found`: the state folder that is found from there without a flag. A user without a folder goes without. */
export function rememberState(cwd: string, stateDir: string, found: () => string): void {
  const path = hintPath(cwd);
  try {
    if (stateDir === found()) rmSync(path, { force: true });
    else {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      replaceFile(path, stateDir);
    }
  } catch {
    // What was told to be typed names the stack as well.
  }
}

/** Absolute; null: none is known. */
export function rememberedState(cwd: string): string | null {
  try {
    const stateDir = readFileSync(hintPath(cwd), 'utf8');
    return isAbsolute(stateDir) ? stateDir : null;
  } catch {
    return null;
  }
}

function hintPath(cwd: string): string {
  return join(userFolder(), 'from', checksum(cwd));
}
