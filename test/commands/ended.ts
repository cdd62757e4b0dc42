/** What a command of the CLI has left when it has ended, whichever way it was run. */
import { join } from 'node:path';
import { runFolder } from '../run-folder.ts';
import { checkResult } from './results.ts';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as the one JSON value that it must be. */
  json: any;
}

export interface CliOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Arguments for node itself. */
  node?: string[];
}

/** Whoever reads the JSON reads what the published schema says. */
export function checked(args: readonly string[], ended: Omit<Ended, 'json'>): Ended {
  const { code, signal, stdout, stderr } = ended;
  return {
    code,
    signal,
    stdout,
    stderr,
    get json() {
      const value = JSON.parse(stdout);
      checkResult(args, value);
      return value;
    },
  };
}

/** Of the test, without what would change what a command shows; what is kept for a user, is kept for the test. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, DEBUG: _d, ...env } = process.env;
  return { ...env, XDG_STATE_HOME: join(runFolder(), 'state') };
}

export function wanted(code: number, args: string[], ended: Ended): Ended {
  if (ended.code === code) return ended;
  throw new Error(
    `gameday ${args.join(' ')} ended with ${ended.code ?? ended.signal}, not ${code}\n${ended.stdout}\n${ended.stderr}`,
  );
}
