/** Runs the real bin as a user's shell does: a process of its own, in a folder of its own, with nothing of the test's environment that would change it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as the one JSON value that it must be. */
  json: any;
}

export interface CliOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Arguments for node itself. */
  node?: string[];
}

/** Starts and does not wait; `ended` never rejects. */
export function start(args: string[], options: CliOptions): { child: ChildProcess; ended: Promise<Ended>; output: () => string } {
  const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, DEBUG: _d, ...env } = process.env;
  const child = spawn(process.execPath, [...(options.node ?? []), BIN, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
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

/** As `gameday`, and throws unless the exit code is the one wanted. */
export async function expectExit(code: number, args: string[], options: CliOptions): Promise<Ended> {
  const ended = await gameday(args, options);
  if (ended.code === code) return ended;
  throw new Error(`gameday ${args.join(' ')} ended with ${ended.code ?? ended.signal}, not ${code}\n${ended.stdout}\n${ended.stderr}`);
}

export interface Folder {
  path: string;
  write(name: string, text: string): string;
  /** Ends the services that a run in it started, and removes it. */
  cleanup(): Promise<void>;
}

export function makeFolder(files: Record<string, string> = {}): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-test-')));
  const write = (name: string, text: string) => {
    const file = join(path, name);
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    path,
    write,
    cleanup: async () => {
      await gameday(['chapter', 'reset', '--wait', '--within', '20s'], { cwd: path });
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** `count` neighbouring ports that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const SERVER = fileURLToPath(new URL('../fixtures/process/server.mjs', import.meta.url));

/** A story on the process engine: three `web` with a health check, one `keeper` that restarts by itself. */
export async function processStory(chapters: string, extra = ''): Promise<string> {
  const port = await freePorts(4);
  const command = JSON.stringify([process.execPath, SERVER]);
  return `name: shop
engine: process
services:
  web: { command: ${command}, replicas: 3, port: ${port}, health: { http: /healthz } }
  keeper: { command: ${command}, port: ${port + 3}, health: { http: /healthz }, restart: always }
${extra}
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
