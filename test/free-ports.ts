/** Ports for programs that cannot choose one themselves. */
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { RUN_MARK } from './run-folder.ts';

/** `count` neighbouring ports that nobody listens on at this moment, and that no other test of this run has been given. The first one. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    // Below those that the system gives to outgoing connections.
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean) && ports.every(reserve)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** By a file in the folder of the run, whose tests are several processes. False where another test has it. */
function reserve(port: number): boolean {
  const folder = process.env[RUN_MARK];
  if (!folder) return true;
  try {
    closeSync(openSync(join(folder, `port-${port}`), 'wx'));
    return true;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
