/** `story doctor`: takes every look, changes nothing but strays of ours where it is to, and has the pure room say what it means. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { examineJournal, examineState } from '../../journal/index.ts';
import { upwards } from '../../system/files.ts';
import type { DoctorLine } from '../../terms/doctor-line.ts';
import { findStateDir, type PlaceFlags } from '../locate.ts';
import type { Facts, GitFacts, MachineFacts } from './facts.ts';
import { findAll } from './judge.ts';
import { lookAtRun, readRunIfWhole } from './read-run.ts';
import { lookAtEngine, lookAtStory } from './read-stack.ts';

export async function examine(
  flags: PlaceFlags,
  { allowRemote, fixes }: { allowRemote: boolean; fixes: boolean },
  cwd: string,
): Promise<DoctorLine[]> {
  const stateDir = findStateDir(flags, cwd);
  const journal = examineJournal(stateDir);
  const whole = journal.error ? null : readRunIfWhole(stateDir);
  const { look: story, place } = await lookAtStory(flags, whole?.run ?? null, cwd);
  const [engine, git] = await Promise.all([
    lookAtEngine(story.engine, place, { allowRemote, fixes }, cwd),
    lookAtGit(stateDir),
  ]);
  const looks: Facts = {
    machine: lookAtMachine(),
    story,
    engine,
    state: { ...examineState(stateDir), git },
    journal,
    run: whole ? await lookAtRun(whole.run, whole.path, place, allowRemote) : null,
    now_ms: Date.now(),
  };
  return findAll(looks);
}

function lookAtMachine(): MachineFacts {
  const { stdin, stdout, stderr, env, versions, platform, arch } = process;
  return {
    node: versions.node,
    platform: `${platform} ${arch}`,
    terminal: {
      stdin: stdin.isTTY === true,
      stdout: stdout.isTTY === true,
      stderr: stderr.isTTY === true,
      no_color: Boolean(env.NO_COLOR),
      ci: Boolean(env.CI),
    },
  };
}

/** A folder that ignores itself needs no git to say so. */
async function lookAtGit(stateDir: string): Promise<GitFacts['git']> {
  if (ignoresItself(stateDir)) return 'ignored';
  const isInRepository = [...upwards(dirname(stateDir))].some((folder) =>
    existsSync(join(folder, '.git')),
  );
  if (!isInRepository || !existsSync(stateDir)) return 'no_repository';
  return new Promise((resolve) => {
    execFile('git', ['check-ignore', '--quiet', stateDir], { cwd: dirname(stateDir) }, (error) =>
      resolve(error ? 'not_ignored' : 'ignored'),
    );
  });
}

function ignoresItself(stateDir: string): boolean {
  try {
    return readFileSync(join(stateDir, '.gitignore'), 'utf8').split('\n').includes('*');
  } catch {
    return false;
  }
}
