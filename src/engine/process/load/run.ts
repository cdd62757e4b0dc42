/**
 * A load at work: one process, whose threads end with it, however it ends. It ends by itself at its limit, where the machine runs
 * short of memory, and where its folder is gone, so that nobody could end it any more.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { replaceFile } from '../../../system/files.ts';
import { type LoadOrder, type LoadStatus, SAY_EVERY_MS, STATUS_FILE } from './protocol.ts';

const PERIOD_MS = 5000;
/** How long a thread is busy, and is not, without looking. */
const SPIN_MS = 5;
const REST_MS = 10;
const CHUNK_BYTES = 16 * 1024 ** 2;
/** No more than that is missing in the end. */
const LEAST_CHUNK = 1024 ** 2;
/** The exit code of one that gave its memory back, since the others would have had too little. */
const SHORT = 46;

/** What a thread is for: all its time, or what the others leave to `cpus` of the whole process. */
export interface Share {
  isWhole: boolean;
  cpus: number;
}

/** `generation`: absolute; the status file goes there. `file`: of the program itself, which has its threads call `beBusy`. */
export function runLoad(order: LoadOrder, generation: string, file: string): void {
  const taken: Buffer[] = [];
  const endsAt = Date.parse(order.until);
  for (const share of sharesOf(order.cpus)) {
    const thread = new Worker(file, { workerData: share });
    thread.on('error', (error) => fail(error.message));
  }
  let before = { at: performance.now(), usedMs: usedMs() };
  const say = (cpus: number | null) => {
    const status: LoadStatus = { pid: process.pid, cpus, memory: process.memoryUsage.rss() };
    replaceFile(join(generation, STATUS_FILE), JSON.stringify(status));
  };
  const turn = () => {
    if (Date.now() >= endsAt) process.exit(0);
    if (isShort(order, taken.length > 0)) process.exit(SHORT);
    const now = { at: performance.now(), usedMs: usedMs() };
    say((now.usedMs - before.usedMs) / (now.at - before.at));
    before = now;
  };
  take(order, taken);
  setInterval(turn, SAY_EVERY_MS);
  say(null);
}

/** One for each whole processor, and one for what is left. */
function sharesOf(cpus: number): Share[] {
  const whole = Array.from({ length: Math.floor(cpus) }, () => ({ isWhole: true, cpus }));
  return Number.isInteger(cpus) ? whole : [...whole, { isWhole: false, cpus }];
}

/**
 * Keeps a thread busy for good: what ends the process ends it, too. Where `cpus` is no whole number, for as long as the process as a
 * whole has not used so much yet, as the system counts; what it did not get in one period is not made up for in the next.
 */
export function beBusy({ isWhole, cpus }: Share): never {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const [begun, before] = [performance.now(), usedMs()];
    for (let ms = 0; ms < PERIOD_MS; ms = performance.now() - begun) {
      if (isWhole || usedMs() - before < cpus * ms) spin();
      else Atomics.wait(sleeper, 0, 0, REST_MS);
    }
  }
}

function spin(): void {
  for (const end = performance.now() + SPIN_MS; performance.now() < end; );
}

/** Of all threads. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Never beyond what is ordered: what the process has in memory by itself counts. Written to, so that it is really there. */
function take({ memory, reserve }: LoadOrder, taken: Buffer[]): void {
  const missing = () => memory - process.memoryUsage.rss();
  for (let left = missing(); left >= LEAST_CHUNK; left = missing()) {
    const size = Math.min(left, CHUNK_BYTES);
    if (process.availableMemory() - size < reserve)
      fail('the machine has not enough memory left for the others', SHORT);
    taken.push(Buffer.alloc(size, 1));
  }
}

function isShort({ reserve }: LoadOrder, hasTaken: boolean): boolean {
  return hasTaken && process.availableMemory() < reserve / 2;
}

function fail(why: string, code = 1): never {
  console.error(why);
  process.exit(code);
}
