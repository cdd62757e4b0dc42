/** Ends single instances: as they were asked to, behind their keeper's back, and whatever a command has left behind. */

import { bearersOf } from '../../system/process-table.ts';
import { EngineError } from '../../terms/outcomes.ts';
import { MARK } from './process-keeper.ts';
import {
  askToEnd,
  type Generation,
  type ProcessRecord,
  readGeneration,
  readStanding,
  removeFolder,
  revoke,
  type Standing,
} from './process-record.ts';
import { DEATH_MS, letterOf, send, signalGroup, until } from './process-signal.ts';

/** From SIGTERM to SIGKILL, where nobody says otherwise. */
export const STOP_MS = 5_000;
/** A keeper has the exit code on disk about a millisecond after the command has ended. */
const KEEPER_MS = 1_000;

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

/** The command is dead and its exit code is known, or nobody is left to tell it. */
function isEnded({ folder, command, keeper }: Generation): boolean {
  if (command === null) return true;
  const now = readGeneration(folder);
  if (now === null || now.exit !== null || now.command?.run !== command.run) return true;
  return !letterOf(command) && !(keeper && letterOf(keeper));
}

/** Ends and removes every generation but the newest that ran. */
export async function sweep({ others }: Standing): Promise<void> {
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
export async function endStrays({ folder }: Generation): Promise<void> {
  const strays = [...bearersOf(`${MARK}=${folder}`)].map(([pid, { identity }]) => ({
    pid,
    identity,
  }));
  for (const stray of strays) if (letterOf(stray)) send(stray.pid, 'SIGKILL');
  await until(() => !strays.some(letterOf), DEATH_MS);
}
