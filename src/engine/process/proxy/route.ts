/**
 * One instance's way from its declared port to its own. Clients are let in exactly while the process listens, on the addresses
 * on which it does: so a process that is down refuses them, as it would without a proxy, and one that is for this
 * machine alone is not shown to others.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './connection.ts';
import {
  type Disturbance,
  disturbanceOf,
  holds,
  type Limit,
  nextEnd,
  UNDISTURBED,
} from './disturbance.ts';
import type { HttpStage } from './http-stage.ts';
import type { Route, RouteStatus, Rules, RulesOn } from './protocol.ts';

const LOOK_MS = 1000;
/** A process that has just begun is let in fast; one that stays away costs little. */
const SOON_MS = 20;
const LATER_MS = 250;
const SOON_FOR_MS = 15_000;
/** Connections that end are looked into at most so often. */
const SUSPECT_MS = 100;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const BACKLOG = 1024;
const NOBODY: readonly string[] = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH'];

export class RelayedRoute {
  route: Route;
  #rules: Rules = { network: [], http: [] };
  #disturbance: Disturbance = UNDISTURBED;
  readonly #limits = new Map<string, Limit>();
  readonly #connections = new Set<Connection>();
  #servers: Server[] = [];
  /** Where the process is reached. */
  #host = '127.0.0.1';
  #problem: string | null = null;
  #soonUntil = 0;
  #looking: Promise<void> | null = null;
  #again: NodeJS.Timeout | null = null;
  #end: NodeJS.Timeout | null = null;
  #suspectedAt = 0;
  #stage: HttpStage | null = null;
  #isClosed = false;

  constructor(route: Route) {
    this.route = route;
  }

  get rules(): Rules {
    return this.#rules;
  }

  setRules(rules: Rules): void {
    this.#rules = rules;
    const now = Date.now();
    this.#disturbance = disturbanceOf(rules, now, this.#limits);
    if (this.#end) clearTimeout(this.#end);
    const end = nextEnd(rules, now);
    if (end !== null)
      this.#end = setTimeout(() => this.setRules(rules), Math.min(end - now, LONGEST_TIMER_MS));
    if (this.#disturbance.reset) this.#shut();
    for (const connection of [...this.#connections]) connection.disturb();
    if (!this.#disturbance.reset && this.#servers.length === 0) void this.look();
  }

  /** Has it that HTTP can be read, before such rules come. */
  async prepare({ http }: Rules): Promise<void> {
    if (this.#stage || http.length === 0) return;
    const { HttpStage } = await import('./http-stage.ts');
    this.#stage ??= new HttpStage({
      rules: () => this.#disturbance.http,
      reach: () => this.#reach(),
    });
  }

  status(): RouteStatus {
    const now = Date.now();
    const holding = (on: RulesOn) =>
      this.#rules[on].flatMap((rule) => (holds(rule, now) ? rule.fault : []));
    const isOpen = this.#servers.length > 0;
    return {
      ...this.route,
      state: isOpen ? 'open' : this.#disturbance.reset ? 'closed' : 'waiting',
      problem: this.#problem,
      connections: this.#connections.size,
      holding: { network: holding('network'), http: holding('http') },
    };
  }

  /** Looks whether the process listens, and lets clients in or not. Never rejects. */
  look(): Promise<void> {
    this.#soonUntil = Date.now() + SOON_FOR_MS;
    this.#looking ??= this.#follow().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#again) clearTimeout(this.#again);
    if (this.#end) clearTimeout(this.#end);
    this.#shut();
    for (const connection of [...this.#connections]) connection.cut();
  }

  async #follow(): Promise<void> {
    if (this.#again) clearTimeout(this.#again);
    if (this.#isClosed || this.#disturbance.reset) return;
    const hosts = await hostsOf(this.route.to);
    if (hosts.reach === null) this.#shut();
    else if (this.#servers.length === 0) await this.#open(hosts.listen);
    this.#host = hosts.reach ?? this.#host;
    if (this.#servers.length > 0 || this.#isClosed) return;
    const pauseMs = Date.now() < this.#soonUntil ? SOON_MS : LATER_MS;
    this.#again = setTimeout(() => {
      this.#looking ??= this.#follow().finally(() => {
        this.#looking = null;
      });
    }, pauseMs);
  }

  async #open(hosts: readonly string[]): Promise<void> {
    const servers = hosts.map(() =>
      createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false }, (client) =>
        this.#take(client),
      ),
    );
    const ends = await Promise.all(
      servers.map((server, index) => listen(server, hosts[index] as string, this.route.listen)),
    );
    this.#problem = ends.find((end) => end !== null && !NOBODY.includes(end)) ?? null;
    this.#servers = servers.filter((server) => server.listening);
    if (this.#problem !== null || this.#disturbance.reset || this.#isClosed) this.#shut();
  }

  #shut(): void {
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  #take(client: Socket): void {
    const connection = new Connection(client, {
      disturbance: () => this.#disturbance,
      reach: () => this.#reach(),
      readHttp: () => this.#stage?.accept() ?? this.#reach(),
      suspect: () => this.#suspect(),
      onClose: (closed) => this.#connections.delete(closed),
    });
    this.#connections.add(connection);
    connection.begin();
  }

  #reach(): Socket {
    return connect({ port: this.route.to, host: this.#host, allowHalfOpen: true, noDelay: true });
  }

  #suspect(): void {
    const now = Date.now();
    if (now - this.#suspectedAt < SUSPECT_MS) return;
    this.#suspectedAt = now;
    void this.look();
    // What ends in the meantime is looked into once more.
    void delay(SUSPECT_MS, undefined, { ref: false }).then(() => this.look());
  }
}

/** Null where it listens; else the error's code. */
function listen(server: Server, host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, backlog: BACKLOG, ipv6Only: host.includes(':') }, () =>
      resolve(null),
    );
  });
}

/** Where a port of this machine is reached, null: nowhere; and the addresses that stand for those on which it listens. */
async function hostsOf(port: number): Promise<{ reach: string | null; listen: string[] }> {
  const [ip4, ip6] = await Promise.all([answers('127.0.0.1', port), answers('::1', port)]);
  if (!ip4 && !ip6) return { reach: null, listen: [] };
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === 'IPv4');
  const isWide = outer !== undefined && (await answers(outer.address, port));
  const listen = isWide
    ? [...(ip4 ? ['0.0.0.0'] : []), ...(ip6 ? ['::'] : [])]
    : [...(ip4 ? ['127.0.0.1'] : []), ...(ip6 ? ['::1'] : [])];
  return { reach: ip4 ? '127.0.0.1' : '::1', listen };
}

/** A process that is frozen, or too busy to answer, listens all the same. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answer);
    };
    const limit = setTimeout(() => end(true), LOOK_MS);
    socket.once('connect', () => end(true));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end(!NOBODY.includes(code)));
  });
}
