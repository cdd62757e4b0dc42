/**
 * Where a run takes place. What costs nothing is known when the run begins; what takes a program (Compose's version, whether
 * something is not committed) is found out later by the watchdog, and stands in a file beside the run. All but what holds a secret.
 */
import { existsSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { writeRecord } from '../../journal/index.ts';
import { ENVIRONMENT_FILE, type Environment, type LateEnvironment } from '../../run/environment.ts';
import { callerName } from '../../system/owner.ts';
import { runProgram } from '../../system/program.ts';
import { engineKind } from '../engines.ts';
import type { Place } from '../locate.ts';
import { readGitCommit } from './git-commit.ts';

/** A watchdog begins shortly before a fault: nothing of this is to be in its way. */
const AFTER_MS = 2000;
const GIT_MS = 5000;

/** Never throws; starts no program and asks the engine nothing. */
export async function readEnvironment(engine: Engine, folder: string): Promise<Environment> {
  const git = attempt(() => readGitCommit(folder));
  return {
    host: attempt(hostname),
    user: callerName(),
    platform: attempt(() => `${process.platform} ${process.arch} ${release()}`),
    node: process.versions.node,
    engine: await engineOf(engine),
    compose: null,
    git: git && { ...git, dirty: null },
  };
}

/** `Docker 28.2 at …`: the address stays out, since it may name a user. */
async function engineOf(engine: Engine): Promise<Environment['engine']> {
  try {
    const [, name, version] = /^(\S+) (\d\S*) /.exec(await engine.describe()) ?? [];
    return { name: name ?? engine.kind, version: version ?? null, api: null };
  } catch {
    return null;
  }
}

/** Once a run, a moment after the watchdog began. Never rejects. */
export async function recordLateEnvironment(
  { story, folder }: Place,
  runDir: string,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    const path = join(runDir, ENVIRONMENT_FILE);
    if (existsSync(path)) return;
    await delay(AFTER_MS, undefined, { signal, ref: false });
    const [versions, dirty] = await Promise.all([
      engineKind(story.engine).versions({ folder, allowRemote, stack: story }),
      isDirty(folder, signal),
    ]);
    const late: LateEnvironment = { at: new Date().toISOString(), ...versions, dirty };
    writeRecord(path, late);
  } catch {
    // It is not known then.
  }
}

/** Null where it is in no repository, or where there is no git. Takes no lock, and starts nothing that the repository names. */
async function isDirty(folder: string, signal: AbortSignal): Promise<boolean | null> {
  if (readGitCommit(folder) === null) return null;
  const argv = [
    'git',
    '--no-optional-locks',
    '-c',
    'core.fsmonitor=false',
    'status',
    '--porcelain',
  ];
  const { exit_code, stdout } = await runProgram(
    { argv: [...argv, '--', '.'] },
    { cwd: folder, timeout_ms: GIT_MS, signal },
  );
  return exit_code === 0 ? stdout.trim() !== '' : null;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
