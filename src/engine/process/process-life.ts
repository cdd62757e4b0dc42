/**
 * Starts and ends single instances. Every signal goes to a process group whose leader was looked at the moment before
 * and is proven to be ours by its start time; a pid that has passed to somebody else is never signalled.
 * Lacks on purpose: which instances there should be, and whether they are well; that is `process.ts`.
 */
import { closeSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import { isPortFree } from './process-health.ts';
import { MARK, startKeeper } from './process-keeper.ts';
import { lastWords, logPath, openLog } from './process-log.ts';
import { portOf, type Wanted } from './process-plan.ts';
import {
  askToEnd,
  type Generation,
  nextGeneration,
  type ProcessRecord,
  readGeneration,
  readStanding,
  removeFolder,
  revoke,
  type Standing,
} from './process-record.ts';
import { bearersOf, isAlive, lookAt } from './process-table.ts';

const START_MS = 10_000;
/** From SIGTERM to SIGKILL, where nobody says otherwise. */
export const STOP_MS = 5_000;
const DEATH_MS = 5_000;
/** A keeper has the exit code on disk about a millisecond after the command has ended. */
const KEEPER_MS = 1_000;
/** What the file system says when the folder is not ours to write, or full. */
const UNWRITABLE = ['EACCES', 'EDQUOT', 'ENOSPC', 'EPERM', 'EROFS'];

/**
 * Starts the command anew and returns once it is recorded. `fresh` empties the log. Nothing of the instance may be running.
 * Throws EngineError (definite), or Refusal (`state_unwritable`); then nothing runs.
 */
export async function startInstance(
  stateDir: string,
  { id, service, number, spec }: Wanted,
  fresh: boolean,
): Promise<void> {
  if (!statSync(spec.working_dir, { throwIfNoEntry: false })?.isDirectory()) {
    const next = `Make the folder, or change \`services.${service}.working_dir\` in the story.`;
    throw new EngineError(`${id} cannot be started: there is no folder ${spec.working_dir}.`, {
      definite: true,
      reason: 'ENOENT',
      next,
    });
  }
  const before = readStanding(stateDir, id);
  if (before) await sweep(before);
  if (before?.generation) await endStrays(before.generation);
  const port = portOf(spec, number);
  if (port !== null && !(await isPortFree(port))) {
    const next = `End what listens there (\`lsof -i :${port}\` names it), or change \`services.${service}.port\` in the story.`;
    throw new EngineError(`${id} cannot be started: port ${port} is taken.`, {
      definite: true,
      reason: 'EADDRINUSE',
      next,
    });
  }
  let gone: string | null = null;
  let folder: string;
  try {
    const instanceFolder = join(stateDir, id);
    mkdirSync(instanceFolder, { recursive: true, mode: 0o700 });
    folder = nextGeneration(instanceFolder);
    const env = {
      ...spec.env,
      GAMEDAY_SERVICE: service,
      GAMEDAY_NUMBER: String(number),
      [MARK]: folder,
      ...(port && { PORT: String(port) }),
    };
    const log = openLog(logPath(stateDir, id), fresh);
    try {
      const keeper = startKeeper({
        folder,
        command: spec.command,
        working_dir: spec.working_dir,
        env,
        restart: spec.restart,
        log,
      });
      keeper.gone.then((how) => {
        gone = how;
      });
    } finally {
      closeSync(log);
    }
  } catch (error) {
    throw startFailure(stateDir, id, error as NodeJS.ErrnoException);
  }
  const isRecorded = () => (readGeneration(folder)?.command ?? null) !== null;
  await until(() => isRecorded() || gone !== null, START_MS);
  if (!isRecorded()) {
    const why =
      gone === null
        ? `it did not begin within ${START_MS / 1000} s`
        : `its keeper ended with ${gone}`;
    const standing = readStanding(stateDir, id);
    if (standing) await sweep(standing);
    const log = logPath(stateDir, id);
    throw new EngineError(`${id} could not be started: ${why}.${lastWords(log)}`, {
      definite: true,
      next: `Look at ${log}.`,
    });
  }
  if (before?.generation) removeFolder(before.generation.folder);
}

function startFailure(stateDir: string, id: string, error: NodeJS.ErrnoException): Error {
  const refusal = error.syscall?.startsWith('spawn') ? null : unwritable(stateDir, error);
  if (refusal) return refusal;
  const code = error.code ?? error.message;
  const next =
    code === 'E2BIG'
      ? 'Its command and its environment are too long for the system.'
      : 'Try again.';
  return new EngineError(
    `${id} could not be started: ${code}.`,
    { definite: true, reason: code, next },
    { cause: error },
  );
}

/** The Refusal that such an error of the file system is, or null for any other. */
export function unwritable(stateDir: string, error: unknown): Refusal | null {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!UNWRITABLE.includes(code)) return null;
  const next = 'Give the disk room or the folder its rights back, or use another --state-dir.';
  return new Refusal('state_unwritable', `${stateDir} cannot be written: ${code}.`, next, [], {
    cause: error,
  });
}

/** How an instance is ended. */
export interface EndOptions {
  /** SIGTERM first, and SIGKILL after so long; without it, SIGKILL at once. */
  grace_ms?: number | undefined;
  /** This signal and no other, in place of SIGKILL: `TERM`. A command that does not end of it runs on. */
  signal?: string | undefined;
}

/**
 * Returns when the command is dead, its exit code is recorded, and no policy will act.
 * If we die in the middle, the policy is as it was: the permit is taken away only from what is dead.
 */
export async function endInstance(
  stateDir: string,
  id: string,
  options: EndOptions = {},
): Promise<void> {
  const before = readStanding(stateDir, id);
  if (before?.generation && !(await endCommand(id, before.generation, options))) return;
  for (const generation of [before?.generation, ...(before?.others ?? [])])
    if (generation) revoke(generation);
  // Looked at again, since a start that was under way may have been recorded before the permit was gone.
  const standing = readStanding(stateDir, id);
  if (standing === null) return;
  await sweep(standing);
  const { generation } = standing;
  if (generation === null) return;
  await endCommand(id, generation, {});
  await endKeeper(generation.keeper);
  await endStrays(generation);
}

/** False where it was asked by a signal of its own, and did not end of it. */
async function endCommand(
  id: string,
  generation: Generation,
  { grace_ms, signal = 'KILL' }: EndOptions,
): Promise<boolean> {
  const { command, exit } = generation;
  if (command === null || exit !== null) return true;
  askToEnd(generation);
  const asksFirst = grace_ms !== undefined || signal !== 'KILL';
  const first = `SIG${grace_ms === undefined ? signal : 'TERM'}` as NodeJS.Signals;
  if (asksFirst && signalGroup(command, first)) {
    // A frozen process takes the signal only when it runs again.
    signalGroup(command, 'SIGCONT');
    await until(() => isEnded(generation), grace_ms ?? STOP_MS);
    if (grace_ms === undefined && !isEnded(generation)) return false;
  }
  signalGroup(command, 'SIGKILL');
  await untilEnded(id, generation);
  return true;
}

/** SIGKILL behind the keeper's back, which sees a crash. */
export async function crashInstance({ id, generation }: Standing): Promise<void> {
  if (generation?.command && signalGroup(generation.command, 'SIGKILL'))
    await untilEnded(id, generation);
}

async function untilEnded(id: string, generation: Generation): Promise<void> {
  if (await until(() => isEnded(generation), DEATH_MS)) return;
  const next = `Look at process ${generation.command?.pid}, which may hang in the system.`;
  throw new EngineError(`${id} did not die within ${DEATH_MS / 1000} s of SIGKILL.`, {
    definite: false,
    next,
  });
}

/** Freezes or thaws the whole group, and returns when the system shows it. */
export async function setPaused({ id, generation }: Standing, paused: boolean): Promise<void> {
  const command = generation?.command;
  const sent = Boolean(command && signalGroup(command, paused ? 'SIGSTOP' : 'SIGCONT'));
  let isOver = !sent;
  const isDone = () => {
    const letter = command && letterOf(command);
    isOver ||= !letter;
    return isOver || (letter === 'T') === paused;
  };
  if ((await until(isDone, DEATH_MS)) && !isOver) return;
  const message = `${id} could not be ${paused ? 'paused' : 'unpaused'}: ${isOver ? 'it has ended' : 'the system does not do it'}.`;
  throw new EngineError(message, { definite: !sent, next: 'fault list' });
}

/** Polls, at first each millisecond, since a dead process is recorded about so fast. False when the time is over. */
export async function until(isTrue: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  for (let pauseMs = 1; !isTrue(); pauseMs = Math.min(pauseMs * 1.5, 25)) {
    if (performance.now() > endMs) return false;
    await delay(pauseMs);
  }
  return true;
}

/** The command is dead and its exit code is known, or nobody is left to tell it. */
function isEnded({ folder, command, keeper }: Generation): boolean {
  if (command === null) return true;
  const now = readGeneration(folder);
  if (now === null || now.exit !== null || now.command?.run !== command.run) return true;
  return !letterOf(command) && !(keeper && letterOf(keeper));
}

/** Ends and removes every generation but the newest that ran. */
async function sweep({ others }: Standing): Promise<void> {
  for (const other of others) {
    revoke(other);
    const now = readGeneration(other.folder);
    if (now?.command) signalGroup(now.command, 'SIGKILL');
    await endKeeper(now?.keeper ?? null);
    removeFolder(other.folder);
  }
}

/** It ends by itself when there is no permit, unless it sleeps before a restart. Its group is the pause it sleeps in. */
async function endKeeper(keeper: ProcessRecord | null): Promise<void> {
  if (keeper === null || (await until(() => !letterOf(keeper), 20))) return;
  signalGroup(keeper, 'SIGKILL');
  await until(() => !letterOf(keeper), KEEPER_MS);
}

/** Whoever left the group (a daemon), or was in it when nobody was there to end it; proven ours by what it inherited. */
async function endStrays({ folder }: Generation): Promise<void> {
  const strays = [...bearersOf(`${MARK}=${folder}`)].map(([pid, { identity }]) => ({
    pid,
    identity,
  }));
  for (const stray of strays) if (letterOf(stray)) send(stray.pid, 'SIGKILL');
  await until(() => !strays.some(letterOf), DEATH_MS);
}

/** False when the leader is gone, or its pid is somebody else's: then nothing was sent. */
function signalGroup(leader: ProcessRecord, signal: NodeJS.Signals): boolean {
  return letterOf(leader) !== null && send(-leader.pid, signal);
}

/** The state of exactly the recorded process, or null when that is dead. */
function letterOf(record: ProcessRecord): string | null {
  const look = lookAt([record.pid]).get(record.pid);
  return isAlive(look) && look.identity === record.identity ? look.letter : null;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? null;
    // macOS says EPERM of a group whose last member waits for its parent.
    if (reason === 'ESRCH' || !isAlive(lookAt([Math.abs(pid)]).get(Math.abs(pid)))) return false;
    const next = 'Try again as the user who started it.';
    throw new EngineError(
      `${signal} to process ${Math.abs(pid)} was refused: ${reason}.`,
      { definite: true, reason, next },
      { cause: error },
    );
  }
}
