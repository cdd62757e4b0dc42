/**
 * What the presenter's screen costs, in a real terminal (`script` of util-linux): its first frame beside a whole `chapter list`, and its
 * share of a core while nothing happens and while a fault is live under a load, of the process of the screen alone. Linux only.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../test/free-ports.ts';
import { GAMEDAY, inFolder, median } from '../measure.ts';
import { ms, percent, row, title } from './figures.ts';
import { missing } from './tools.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/embedded', import.meta.url));
const MEASURED_MS = 20_000;
/** Until code is compiled and the first figures are there. */
const SETTLE_MS = 8000;
const ROUNDS = 15;
/** Writes down what the process has used by its first frame, else by its end. */
const TELL = `
import { writeFileSync } from 'node:fs';
let isTold = false;
const tell = () => {
  if (isTold) return;
  isTold = true;
  const { user, system } = process.cpuUsage();
  writeFileSync('used', JSON.stringify({ tookMs: process.uptime() * 1000, cpuMs: (user + system) / 1000 }));
};
const write = process.stdout.write;
process.stdout.write = function (text, ...rest) {
  const written = write.call(this, text, ...rest);
  if (String(text).includes('── Events')) tell();
  return written;
};
process.on('exit', tell);
`;
/** Of /proc/PID/stat: clock ticks a second, on every Linux that node runs on. */
const TICKS = 100;
const SIZES = [
  [80, 24],
  [200, 60],
] as const;

export async function benchScreen(): Promise<void> {
  if (missing('script')) return;
  await inFolder({}, async (folder) => {
    cpSync(EXAMPLE, folder, { recursive: true, filter: (from) => !from.endsWith('.gameday') });
    const path = join(folder, 'gameday.yaml');
    const port = await freePorts(3);
    const story = readFileSync(path, 'utf8').replaceAll(/1808(\d)/g, (_whole, digit: string) =>
      String(port + Number(digit) - 1),
    );
    writeFileSync(path, story);
    writeFileSync(join(folder, 'tell.mjs'), TELL);
    const gameday = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, [GAMEDAY, ...args], { cwd: folder });
      if (status !== 0) throw new Error(`${stderr}`);
    };
    gameday('chapter', 'next');
    try {
      await firstFrame(folder);
      title("the screen's own process");
      row('', 'of a core', 'writes/s', 'memory');
      for (const [columns, rows] of SIZES) await share(folder, 'at rest', columns, rows);
      gameday('workload', 'start');
      await sleep(SETTLE_MS);
      gameday('fault', 'inject', 'pause', 'quotes-1', '--countdown', '0s', '--force');
      for (const [columns, rows] of SIZES) await share(folder, 'during a fault', columns, rows);
    } finally {
      gameday('chapter', 'reset');
    }
  });
}

interface Opened {
  child: ChildProcess;
  /** What came so far, and in how many pieces. */
  seen: { text: string; pieces: number };
  ended: Promise<unknown>;
}

/** In a terminal of its own. The pid of the process is in the file `pid` of the folder. */
function open(folder: string, command: string, columns = 80, rows = 24): Opened {
  const inside = `stty cols ${columns} rows ${rows}; echo $$ > pid; exec '${process.execPath}' --import ./tell.mjs '${GAMEDAY}' ${command}`;
  const { CI: _ci, ...env } = process.env;
  const child = spawn('script', ['-qec', inside, '/dev/null'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...env, TERM: 'xterm-256color' },
  });
  const seen = { text: '', pieces: 0 };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    seen.text += text;
    seen.pieces++;
  });
  return { child, seen, ended: new Promise((resolve) => child.once('close', resolve)) };
}

/** In turn, and medians: a machine that slows down slows both. */
async function firstFrame(folder: string): Promise<void> {
  title('until the first frame of the screen, beside a whole `chapter list`');
  row('', 'CPU', 'took');
  const commands = ['chapter list', 'chapter play'];
  const used = commands.map((): Used[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, command] of commands.entries())
      used[index]?.push(await useOf(folder, command));
  for (const [index, command] of commands.entries()) {
    const middle = (of: (each: Used) => number) => ms(median((used[index] as Used[]).map(of)));
    row(
      command,
      middle(({ cpuMs }) => cpuMs),
      middle(({ tookMs }) => tookMs),
    );
  }
}

interface Used {
  tookMs: number;
  cpuMs: number;
}

async function useOf(folder: string, command: string): Promise<Used> {
  const { child, seen, ended } = open(folder, command);
  child.stdout?.on('data', () => {
    if (seen.text.includes('── Events')) child.stdin?.end('q');
  });
  await ended;
  return JSON.parse(readFileSync(join(folder, 'used'), 'utf8')) as Used;
}

async function share(folder: string, name: string, columns: number, rows: number): Promise<void> {
  const { child, seen, ended } = open(folder, 'chapter play', columns, rows);
  await sleep(SETTLE_MS);
  const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
  const before = { ticks: ticksOf(pid), pieces: seen.pieces, at: performance.now() };
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = (ticksOf(pid) - before.ticks) / TICKS / seconds;
  const writes = (seen.pieces - before.pieces) / seconds;
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const memory = `${Math.round(Number(kib) / 1000)} MB`;
  row(`${name}, ${columns}x${rows}`, percent(cpu), writes.toFixed(1), memory);
  child.stdin?.end('q');
  await ended;
}

/** Of all its threads, in the system too. */
function ticksOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return Number(user) + Number(system);
}
