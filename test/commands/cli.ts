/**
 * Runs commands in a folder of their own, with nothing of the test's environment that would change them: `gameday` and `start` as a
 * user's shell does, by the real bin in a process of its own; `expectExit` by a process that stays.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach } from 'mocha';
import { marked } from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { runFolder } from '../run-folder.ts';
import { type CliOptions, checked, cleanEnv, type Ended, wanted } from './ended.ts';
import { served } from './served.ts';

export const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** What stderr has by now. */
  output: () => string;
}

/** Starts and does not wait; `ended` never rejects. */
export function start(args: string[], options: CliOptions): Started {
  const started = startProgram(process.execPath, [...(options.node ?? []), BIN, ...args], options);
  return { ...started, ended: started.ended.then((ended) => checked(args, ended)) };
}

/** Any other program (`bash`, `unshare`, …), with the same environment. */
export function startProgram(program: string, args: string[], options: CliOptions): Started {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...cleanEnv(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({
        code,
        signal,
        stdout,
        stderr,
        get json() {
          return JSON.parse(stdout);
        },
      });
    });
  });
  return { child, ended, output: () => stderr };
}

export function gameday(args: string[], options: CliOptions): Promise<Ended> {
  return start(args, options).ended;
}

/**
 * One command, and throws unless the exit code is the one wanted. By a process that stays (`served.ts`), but for what tells node
 * itself something: how a process begins and ends is what the tests with `expectEnd`, `gameday`, `start` and `bash` show.
 */
export async function expectExit(
  code: number,
  args: string[],
  options: Omit<CliOptions, 'node'>,
): Promise<Ended> {
  if (options.env?.NODE_OPTIONS !== undefined) return expectEnd(code, args, options);
  return wanted(code, args, await served(args, options));
}

/** As `expectExit`, by a process of its own: where something depends on its end, its standard streams or node's own arguments. */
export async function expectEnd(code: number, args: string[], options: CliOptions): Promise<Ended> {
  return wanted(code, args, await gameday(args, options));
}

/** Starts, and resolves as soon as stderr shows `pattern`; throws when it ends without. */
export async function startUntil(
  pattern: RegExp,
  args: string[],
  options: CliOptions,
): Promise<Started> {
  const started = start(args, options);
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  await until(
    `\`gameday ${args.join(' ')}\` to show ${pattern}`,
    () => pattern.test(started.output()) || over,
  );
  if (!pattern.test(started.output()))
    throw new Error(`gameday ${args.join(' ')} ended without ${pattern}: ${started.output()}`);
  return started;
}

/** A script in a real bash, with `gameday` on its PATH. */
export function bash(script: string, options: CliOptions): Promise<Ended> {
  const PATH = [wrapper(), process.env.PATH].join(delimiter);
  return startProgram('bash', ['-c', script], { ...options, env: { ...options.env, PATH } }).ended;
}

let wrapperFolder: string | undefined;

/** A folder with a program `gameday` in it; gone with this process. */
export function wrapper(): string {
  if (!wrapperFolder) {
    const made = mkdtempSync(join(tmpdir(), 'gameday-bin-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    writeFileSync(join(made, 'gameday'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
      mode: 0o755,
    });
    wrapperFolder = made;
  }
  return wrapperFolder;
}

/** Waits for what a test is about to look at. Generous, since the machine may be busy; it is not what is tested. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 40_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

/** Every event of the run's journal. */
export function events(folder: string, run = 'r1'): any[] {
  const text = readFileSync(join(folder, '.gameday', 'runs', run, 'journal.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      // The line's checksum is the journal's own.
      const { sum: _sum, ...event } = JSON.parse(line);
      return event;
    });
}

/** Label -> pid of each instance of the process engine that the system itself knows as alive; a frozen one has a minus in front. */
export function pids(folder: string): Record<string, number> {
  const state = join(folder, '.gameday', 'processes');
  const labels = list(state).filter((name) => /-\d+$/.test(name));
  return Object.fromEntries(
    labels.sort().flatMap((label) => {
      const records = list(join(state, label), true).filter((name) => name.endsWith('.command'));
      const alive = records.flatMap((record) => pidOf(join(state, label, record)) ?? []);
      return alive.map((pid) => [label, pid] as const);
    }),
  );
}

/** What changed: the labels whose process is another one, or none. */
export function changed(before: Record<string, number>, now: Record<string, number>): string[] {
  return Object.keys(before).filter((label) => before[label] !== now[label]);
}

/** Null where no process of that start has the pid any more. */
function pidOf(record: string): number | null {
  try {
    const [pid, , stat] = readFileSync(record, 'latin1').split('\n');
    const fields = (line: string) => line.slice(line.lastIndexOf(')') + 2).split(' ');
    const now = fields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (now[19] !== fields(stat as string)[19] || now[0] === 'Z' || now[0] === 'X') return null;
    return now[0] === 'T' ? -Number(pid) : Number(pid);
  } catch {
    return null;
  }
}

function list(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    return [];
  }
}

/** Every refusal under --json: one object, small, and whole. */
export function refusalOf(ended: Ended): {
  code: string;
  message: string;
  next: string;
  exit: number;
  problems?: any[];
} {
  expect(ended.stdout.length, ended.stdout).to.be.below(4096);
  expect(ended.stdout.trimEnd().split('\n'), 'one line').to.have.length(1);
  const { error } = ended.json;
  expect(ended.json).to.have.all.keys('error');
  expect(error).to.include.keys('code', 'message', 'next', 'exit');
  for (const key of ['code', 'message', 'next'])
    expect(error[key], key).to.be.a('string').and.not.equal('');
  expect(error.exit).to.equal(ended.code);
  expect(ended.stderr).to.equal('');
  return error;
}

export interface Folder {
  path: string;
  write(name: string, text: string): string;
  /** Ends the services that a run in it started, and removes it. */
  cleanup(): Promise<void>;
}

export function makeFolder(files: Record<string, string> = {}): Folder {
  const path = realpathSync(mkdtempSync(join(runFolder(), 'gameday-test-')));
  const write = (name: string, text: string) => {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    path,
    write,
    cleanup: async () => {
      if (existsSync(join(path, '.gameday')))
        await served(['chapter', 'reset', '--wait', '--within', '20s'], { cwd: path });
      // A stack that a test has made unwell on purpose is not verified, so that the reset leaves it up.
      for (const pid of marked(path)) killIfThere(pid);
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** As many folders as a test needs, each gone after it; `before` comes first. Call it within `describe`. */
export function foldersOfATest(
  before: (path: string) => Promise<unknown> = async () => {},
): (files?: Record<string, string>) => Folder {
  const folders: Folder[] = [];
  afterEach(async () => {
    for (const made of folders.splice(0)) {
      await before(made.path);
      await made.cleanup();
    }
  });
  return (files = {}) => {
    const made = makeFolder(files);
    folders.push(made);
    return made;
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The command of a small service. */
export const SERVER = [
  'perl',
  fileURLToPath(new URL('../fixtures/process/server.pl', import.meta.url)),
];

/** A story on the process engine: three `web` with a health check, one `keeper` that restarts by itself. All but one may be down, unless `extra` says so. */
export async function processStory(chapters: string, extra = ''): Promise<string> {
  const port = await freePorts(4);
  const command = JSON.stringify(SERVER);
  return `name: shop
engine: process
services:
  web: { command: ${command}, replicas: 3, port: ${port}, health: { http: /healthz } }
  keeper: { command: ${command}, port: ${port + 3}, health: { http: /healthz }, restart: always }
${extra.includes('blast_radius') ? extra : `blast_radius: { max_unavailable: 100% }\n${extra}`}
chapters:
${chapters}`;
}

/** The eight chapters, with a short countdown. */
export const EIGHT = `
  - { title: Welcome, narration: Three nodes. }
  - { title: Cluster Health, on_enter: [ { probe: { container: all } } ] }
  - { title: Load Generation }
  - title: Fault Injection
    on_enter: [ { inject: { kind: kill, service: web, pick: random, countdown: 0s } } ]
    blocks_advance: true
  - { title: Detection, on_enter: [ { detect: 5s } ] }
  - { title: Diagnosis, on_enter: [ { diagnose: true } ] }
  - { title: Recovery, on_enter: [ { recover: all } ], auto_advance: true }
  - { title: Demo Complete }
`;
