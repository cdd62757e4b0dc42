/**
 * One program of the story, run to its end beside the stack: a process group of its own, a limit in time, and
 * the tail of what it said. Neither its command line nor its environment is kept.
 * Lacks on purpose: a verdict; an exit code is an answer like any other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Command } from '../terms/command.ts';
import { formatDuration } from '../terms/duration.ts';
import { signalGroup } from './processes.ts';

/** As a shell and `timeout` (coreutils) report it. */
const TIMED_OUT = 124;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const TAIL_BYTES = 64 * 1024;
/** From SIGTERM to SIGKILL. */
const TERM_MS = 2000;
const KILL_MS = 1000;
const LOOK_EVERY_MS = 10;
/** As long as the pipes may stay open after the program's end; a child that outlives it may hold them for ever. */
const PIPE_MS = 200;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ProgramResult {
  exit_code: number;
  /** Both capped; the tail is kept. */
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  timeout_ms: number;
  signal?: AbortSignal;
  /** What it reads on stdin, which then ends; without it, that is empty. */
  input?: string;
  /** Absolute. */
  cwd: string;
  /** Set on top of our own environment. */
  env?: Record<string, string>;
}

/**
 * Never rejects for an exit code: 126 and 127 say that it could not be started, 124 that its time was over, 128 + n that
 * signal n ended it. Rejects with the signal's reason when that aborts; the group is ended first.
 */
export async function runProgram(
  command: Command,
  { timeout_ms, signal, input, cwd, env }: ProgramOptions,
): Promise<ProgramResult> {
  signal?.throwIfAborted();
  const [file = '', ...args] = 'shell' in command ? ['/bin/sh', '-c', command.shell] : command.argv;
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    return notStarted(file, cwd, error as NodeJS.ErrnoException);
  }
  // One that reads nothing of it, or has ended already, is no error.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const stdout = keepTail(child.stdout as Readable);
  const stderr = keepTail(child.stderr as Readable);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<number | Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, name) => resolve(code ?? 128 + (name ? constants.signals[name] : 0)));
  });
  const end = await firstOf(ended, timeout_ms, signal);
  if (end instanceof Error) return notStarted(file, cwd, end);
  if (typeof end === 'string') await endGroup(child, ended);
  await drain(child, closed);
  if (typeof end === 'string') signal?.throwIfAborted();
  if (end !== 'time') return { exit_code: end as number, stdout: stdout(), stderr: stderr() };
  const said = stderr();
  const notice = `gameday: ended after ${formatDuration(timeout_ms)}, its time limit\n`;
  return {
    exit_code: TIMED_OUT,
    stdout: stdout(),
    stderr: `${said}${said === '' || said.endsWith('\n') ? '' : '\n'}${notice}`,
  };
}

function notStarted(file: string, cwd: string, error: NodeJS.ErrnoException): ProgramResult {
  const say = (exit_code: number, why: string) => ({
    exit_code,
    stdout: '',
    stderr: `gameday: ${file}: ${why}\n`,
  });
  // The system names neither of the two when it says ENOENT.
  if (error.code === 'ENOENT' && !existsSync(cwd))
    return say(NOT_EXECUTABLE, `its folder ${cwd} does not exist`);
  if (error.code === 'ENOENT' || file === '') return say(NOT_FOUND, 'command not found');
  if (error.code === 'EACCES')
    return say(NOT_EXECUTABLE, 'not executable, or no access to its folder');
  return say(NOT_EXECUTABLE, `cannot be started: ${error.code ?? error.message}`);
}

/** How it ended, or which limit came first. */
async function firstOf<End>(
  ended: Promise<End>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<End | 'time' | 'signal'> {
  const { promise: limit, resolve } = Promise.withResolvers<'time' | 'signal'>();
  const timer = setTimeout(() => resolve('time'), Math.min(timeoutMs, LONGEST_TIMER_MS));
  const onAbort = () => resolve('signal');
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * SIGTERM, then SIGKILL for who is left. The number of a group is not given away while it has a member, and nobody
 * new can have it in the moment between two looks.
 */
async function endGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const group = child.pid as number;
  const endMs = performance.now() + TERM_MS;
  let alive = signalGroup(group, 'SIGTERM');
  while (alive && performance.now() < endMs) {
    await delay(LOOK_EVERY_MS);
    alive = signalGroup(group, 0);
  }
  if (!alive) return;
  signalGroup(group, 'SIGKILL');
  await withLimit(ended, KILL_MS);
}

/** Reads what is still in the pipes, and lets go of them. */
async function drain(child: ChildProcess, closed: Promise<void>): Promise<void> {
  await withLimit(closed, PIPE_MS);
  await nextTurn(); // If we were held up, the timer came before a last look at the pipes.
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

async function withLimit(promise: Promise<unknown>, limitMs: number): Promise<void> {
  const timer = new AbortController();
  const over = delay(limitMs, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([promise, over]);
  timer.abort();
}

/** Collects a stream's last bytes; the answer is a look at them as text. */
function keepTail(stream: Readable): () => string {
  let chunks: Buffer[] = [];
  let length = 0;
  let isCut = false;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > 2 * TAIL_BYTES) {
      chunks = [Buffer.concat(chunks).subarray(-TAIL_BYTES)];
      length = TAIL_BYTES;
      isCut = true;
    }
  });
  stream.on('error', () => {}); // What cannot be read is missing in the tail; the exit code tells the rest.
  return () => {
    const all = Buffer.concat(chunks);
    let start = Math.max(0, all.length - TAIL_BYTES);
    // A cut may fall within a character of UTF-8, whose other bytes all begin with the bits 10.
    if (isCut || start > 0)
      while (start < all.length && ((all[start] as number) & 0xc0) === 0x80) start++;
    return all.toString('utf8', start);
  };
}
