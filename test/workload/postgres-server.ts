/** A real PostgreSQL of its own in a folder under /tmp, to be frozen, killed and started again. It refuses root, so that as root it runs as another user. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { freePorts } from '../free-ports.ts';
import { until } from './servers.ts';

export interface PostgresServer {
  url: string;
  port: number;
  /** Rows as lists of texts and numbers, over a connection of its own. */
  query(sql: string): Promise<unknown[][]>;
  freeze(): void;
  thaw(): void;
  /** SIGKILL to the postmaster alone; its children see it and end. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** The folder with `initdb` and `postgres`: of the PATH, or where Debian has the newest; null where there is none. */
export function findPostgres(): string | null {
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted(
    (one, other) => versionOf(other) - versionOf(one),
  );
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...debian];
  return (
    folders.find(
      (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
    ) ?? null
  );
}

const versionOf = (path: string) => Number(/\/(\d+)\/bin$/.exec(path)?.[1] ?? 0);

export async function createPostgres(bin: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const environment = {
    env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder },
    cwd: folder,
    ...user,
  };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'ann', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { ...environment, stdio: 'pipe' },
  );
  const port = await freePorts(1);
  const url = `postgres://ann@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | null = null;
  let frozen: number[] = [];

  const self: PostgresServer = {
    url,
    port,
    async query(sql) {
      const client = new Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      try {
        return (await client.query({ text: sql, rowMode: 'array' })).rows;
      } finally {
        await client.end();
      }
    },
    freeze() {
      const pid = server?.pid as number;
      frozen = [pid, ...childrenOf(pid)];
      for (const each of frozen) signal(each, 'SIGSTOP');
    },
    thaw() {
      for (const each of frozen.splice(0)) signal(each, 'SIGCONT');
    },
    async kill() {
      const dead = server as ChildProcess;
      const children = childrenOf(dead.pid as number);
      dead.kill('SIGKILL');
      if (dead.exitCode === null && dead.signalCode === null) await once(dead, 'exit');
      await until('its children to be gone', () => children.every((pid) => !lives(pid)));
    },
    async start() {
      const settings = [
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'max_connections=30',
        'fsync=off',
      ];
      server = spawn(
        join(bin, 'postgres'),
        ['-D', data, ...settings.flatMap((each) => ['-c', each])],
        { ...environment, stdio: 'ignore' },
      );
      for (let ready = false; !ready; ) {
        if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
        ready = await self.query('SELECT 1').then(
          () => true,
          () => false,
        );
      }
    },
    async remove() {
      self.thaw();
      if (server && server.exitCode === null && server.signalCode === null) await self.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await self.start();
    return self;
  } catch (error) {
    await self.remove();
    throw error;
  }
}

/** Null where we are not root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child as number] : []));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
