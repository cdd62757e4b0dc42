/**
 * Two ports of each instance that has one: the declared one, which clients know and the proxy listens on, and its own, which it
 * is given as PORT. The pair stands in a file, so that the proxy and every later command know it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../system/files.ts';
import { EngineError } from '../../terms/outcomes.ts';
import { isPortFree } from './process-health.ts';
import { portOf, type Wanted } from './process-plan.ts';
import { ROUTES, type Route } from './proxy/protocol.ts';

/** Above those that Linux gives to outgoing connections, and where few services have theirs. */
const FIRST = 61_000;
const COUNT = 4_000;

/** Of the proxy, in the engine's own folder; no instance is called so, since each has a number. */
export function proxyFolder(stateDir: string): string {
  return join(stateDir, 'proxy');
}

/** Null where the instance has none: no port, or an earlier gameday has started it. */
export function readRoute(stateDir: string, id: string): Route | null {
  try {
    return JSON.parse(readFileSync(routePath(stateDir, id), 'utf8')) as Route;
  } catch {
    return null;
  }
}

export function hasRoutes(stateDir: string): boolean {
  return routesIn(stateDir).length > 0;
}

export function forgetRoute(stateDir: string, id: string): void {
  rmSync(routePath(stateDir, id), { force: true });
}

/** One claim after the other, so that two instances that start side by side do not get one port. */
let last: Promise<unknown> = Promise.resolve();

/**
 * The port that the instance is to listen on, null: it has none. The same as before, unless somebody took it. `isOurs`: the
 * declared port is held by the proxy. Throws EngineError (definite) where the declared port is taken, or the system's error.
 */
export function claimPort(
  stateDir: string,
  wanted: Wanted,
  isOurs: () => Promise<boolean>,
): Promise<number | null> {
  const claim = last.then(() => claimNow(stateDir, wanted, isOurs));
  last = claim.catch(() => {});
  return claim;
}

async function claimNow(
  stateDir: string,
  { id, service, number, spec }: Wanted,
  isOurs: () => Promise<boolean>,
): Promise<number | null> {
  const listen = portOf(spec, number);
  if (listen === null) {
    forgetRoute(stateDir, id);
    return null;
  }
  if (!(await isPortFree(listen)) && !(await isOurs())) {
    const next = `End what listens there (\`lsof -i :${listen}\` names it), or change \`services.${service}.port\` in the story.`;
    throw new EngineError(`${id} cannot be started: port ${listen} is taken.`, {
      definite: true,
      reason: 'EADDRINUSE',
      next,
    });
  }
  const before = readRoute(stateDir, id);
  if (before?.listen === listen && (await isPortFree(before.to))) return before.to;
  const to = await freePort(stateDir, id);
  mkdirSync(join(proxyFolder(stateDir), ROUTES), { recursive: true, mode: 0o700 });
  replaceFile(routePath(stateDir, id), JSON.stringify({ listen, to } satisfies Route));
  return to;
}

/** Begins at another place for each instance of each stack, so that two stacks seldom want one port. */
async function freePort(stateDir: string, id: string): Promise<number> {
  const given = new Set(
    routesIn(stateDir).flatMap((each) => {
      const route = readRoute(stateDir, each);
      return route && each !== id ? [route.to, route.listen] : [];
    }),
  );
  const start = [...`${stateDir}/${id}`].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2_147_483_647,
    7,
  );
  for (let step = 0; step < COUNT; step++) {
    const port = FIRST + ((start + step) % COUNT);
    if (!given.has(port) && (await isPortFree(port))) return port;
  }
  throw new EngineError(`${id} cannot be started: no port from ${FIRST} on is free.`, {
    definite: true,
    reason: 'EADDRINUSE',
    next: 'End what listens there, then try again.',
  });
}

function routesIn(stateDir: string): string[] {
  try {
    return readdirSync(join(proxyFolder(stateDir), ROUTES)).flatMap((name) =>
      name.endsWith('.json') ? name.slice(0, -'.json'.length) : [],
    );
  } catch {
    return [];
  }
}

function routePath(stateDir: string, id: string): string {
  return join(proxyFolder(stateDir), ROUTES, `${id}.json`);
}
