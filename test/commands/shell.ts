/** Runs a line or a script in a real bash, as a user's shell or a build does, with `gameday` found on the PATH. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BIN } from './cli.ts';

export interface Shelled {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  ended: Promise<Shelled>;
  /** To everything that the script started as well, as Ctrl-C and a cancelled build do. */
  signal(name: NodeJS.Signals): void;
}

/** Makes `bin/gameday` in the folder: `line` is what it runs, with the arguments in `"$@"`. Returns the folder for the PATH. */
export function shim(folder: string, line = `exec '${process.execPath}' '${BIN}' "$@"`): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'gameday'), `#!/usr/bin/env bash\n${line}\n`, { mode: 0o755 });
  return bin;
}

/** `args`: for bash itself: `['-c', line]`, or a script and its arguments. */
export function startBash(
  args: string[],
  options: { cwd: string; bin: string; env?: NodeJS.ProcessEnv },
): Running {
  const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, DEBUG: _d, ...env } = process.env;
  const child = spawn('bash', args, {
    cwd: options.cwd,
    env: {
      ...env,
      ...options.env,
      PATH: `${options.bin}${delimiter}${options.env?.PATH ?? process.env.PATH}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    ended: new Promise((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
    ),
    signal: (name) => {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, name);
    },
  };
}

export function bash(args: string[], options: Parameters<typeof startBash>[1]): Promise<Shelled> {
  return startBash(args, options).ended;
}
