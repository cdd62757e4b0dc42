/**
 * The proxy at work: reads routes and rules from its folder, relays, and is asked and told on a port of this machine, by who can
 * read the token. Its rules outlive it in its folder, so that one that was killed goes on where it was. Nothing else of
 * gameday has to run.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { replaceFile } from '../../../system/files.ts';
import {
  type Answer,
  type Ask,
  CONTROL_FILE,
  type ControlFile,
  type ProxyStatus,
  ROUTES,
  type Route,
  RULES,
  type Rules,
} from './protocol.ts';
import { RelayedRoute } from './route.ts';

const LONGEST_ASK = 4 * 1024 * 1024;

/** `folder`: of routes and rules; `generation`: where the control file goes; both absolute. */
export async function runProxy(folder: string, generation: string): Promise<void> {
  process.umask(0o077);
  const routes = new Map<string, RelayedRoute>();
  await load(folder, routes);
  const token = randomBytes(16).toString('hex');
  const server = createServer((socket) =>
    serve(socket, (ask) => answer(folder, routes, token, ask)),
  );
  server.listen({ host: '127.0.0.1', port: 0 }, () => {
    const { port } = server.address() as { port: number };
    const control: ControlFile = { pid: process.pid, port, token };
    replaceFile(join(generation, CONTROL_FILE), JSON.stringify(control));
  });
}

async function answer(
  folder: string,
  routes: Map<string, RelayedRoute>,
  token: string,
  ask: Ask,
): Promise<Answer> {
  if (ask.token !== token) return { error: 'wrong token' };
  if (ask.ask === 'load') await load(folder, routes);
  if (ask.ask === 'look') await routes.get(ask.id)?.look();
  if (ask.ask === 'set') {
    const route = routes.get(ask.id);
    if (!route) return { error: `no route ${ask.id}` };
    await change(join(folder, RULES, `${ask.id}.json`), route, {
      ...route.rules,
      [ask.on]: ask.rules,
    });
  }
  return statusOf(routes);
}

/** On disk first, since who asked may believe an answer only if it outlives us; what is taken away goes also where the disk is full. */
async function change(path: string, route: RelayedRoute, rules: Rules): Promise<void> {
  const before = route.rules;
  const isLess = (['network', 'http'] as const).every((on) =>
    rules[on].every(({ fault }) => before[on].some((rule) => rule.fault === fault)),
  );
  try {
    if (rules.network.length + rules.http.length === 0) rmSync(path, { force: true });
    else replaceFile(path, JSON.stringify(rules));
  } catch (error) {
    if (!isLess) throw error;
  }
  await route.prepare(rules);
  route.setRules(rules);
  if (route.status().state === 'waiting') await route.look();
}

function statusOf(routes: ReadonlyMap<string, RelayedRoute>): ProxyStatus {
  const all = [...routes].map(([id, route]) => [id, route.status()] as const);
  return { pid: process.pid, routes: Object.fromEntries(all) };
}

async function load(folder: string, routes: Map<string, RelayedRoute>): Promise<void> {
  const files = readdirSync(join(folder, ROUTES)).filter((name) => name.endsWith('.json'));
  const wanted = new Map(
    files.flatMap((name) => {
      const route = readJson(join(folder, ROUTES, name)) as Route | null;
      return route ? [[name.slice(0, -'.json'.length), route] as const] : [];
    }),
  );
  for (const [id, { route }] of [...routes].map(([id, relayed]) => [id, relayed] as const)) {
    const now = wanted.get(id);
    if (now?.listen === route.listen && now.to === route.to) continue;
    routes.get(id)?.close();
    routes.delete(id);
  }
  for (const [id, route] of wanted) {
    if (routes.has(id)) continue;
    const kept = readJson(join(folder, RULES, `${id}.json`)) as Rules | null;
    const rules = kept ?? { network: [], http: [] };
    const relayed = new RelayedRoute(route);
    routes.set(id, relayed);
    await relayed.prepare(rules);
    relayed.setRules(rules);
  }
  for (const relayed of routes.values()) void relayed.look();
}

/** Null where there is none, or it is no JSON. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** One line in, one line out. */
function serve(socket: Socket, answerTo: (ask: Ask) => Promise<Answer>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => {});
  socket.on('data', async (chunk: string) => {
    text += chunk;
    if (text.length > LONGEST_ASK) return socket.destroy();
    if (!text.endsWith('\n')) return;
    const said = await Promise.resolve()
      .then(() => answerTo(JSON.parse(text) as Ask))
      .catch((error: Error): Answer => ({ error: error.message }));
    socket.end(`${JSON.stringify(said)}\n`);
  });
}
