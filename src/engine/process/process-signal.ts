/**
 * Signals to single instances. Each goes to a process group whose leader was looked at the moment before and is proven to
 * be ours by its start time; a pid that has passed to somebody else is never signalled.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, lookAt } from '../../system/process-table.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { ProcessRecord, Standing } from './process-record.ts';

/** How long a process may take to show what it was told. */
export const DEATH_MS = 5_000;

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

/** False when the leader is gone, or its pid is somebody else's: then nothing was sent. */
export function signalGroup(leader: ProcessRecord, signal: NodeJS.Signals): boolean {
  return letterOf(leader) !== null && send(-leader.pid, signal);
}

/** The state of exactly the recorded process, or null when that is dead. */
export function letterOf(record: ProcessRecord): string | null {
  const look = lookAt([record.pid]).get(record.pid);
  return isAlive(look) && look.identity === record.identity ? look.letter : null;
}

export function send(pid: number, signal: NodeJS.Signals): boolean {
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
