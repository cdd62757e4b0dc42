/**
 * Addresses of a story that mean something inside of its stack alone (`http://web.shop.svc`), as this machine can use them: the
 * engine keeps a way to each, and the load and the looks of probes take that. A server is told the name that stands in the story.
 */
import type { Engine, Way } from '../engine/engine.ts';
import type { NetworkProbe } from '../runner/query-probe.ts';
import type { Look } from '../story/probe-spec.ts';
import type { HttpOperation, WorkloadSpec } from '../story/workload-spec.ts';
import { look } from '../workload/probe.ts';
import { engineKind } from './engines.ts';

/** Of URLs that name none. */
const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** A simulated workload is a curve and no load. */
type LoadSpec = Exclude<WorkloadSpec, { kind: 'simulated' }>;

export interface ReachedLoad {
  spec: LoadSpec;
  /** Empty: it is loaded as the story has it. */
  ways: readonly Way[];
}

/** Throws as `reach` of the engine does. */
export async function reachLoad(spec: LoadSpec, open: OpenWays): Promise<ReachedLoad> {
  const ways: Way[] = [];
  const way = async (host: string, port: number) => {
    const found = await open(host, port);
    if (found) ways.push(found);
    return found;
  };
  if (spec.kind === 'tcp') {
    const addresses = await Promise.all(
      spec.addresses.map(async (each) => (await way(each.host, each.port)) ?? each),
    );
    return {
      spec: { ...spec, addresses: addresses.map(({ host, port }) => ({ host, port })) },
      ways,
    };
  }
  if (!('urls' in spec)) return { spec, ways };
  const urls = await Promise.all(spec.urls.map((url) => reachUrl(url, way)));
  if (ways.length === 0) return { spec, ways };
  const [first = ''] = spec.urls;
  return {
    spec: { ...(spec.kind === 'http' ? named(spec, new URL(first).host) : spec), urls },
    ways,
  };
}

/** One look over the network; throws as `reach` of the engine does. */
export async function lookByWay(
  probe: NetworkProbe,
  open: OpenWays,
  signal: AbortSignal,
): Promise<Look> {
  if (probe.look === 'tcp') {
    const way = await open(probe.host, probe.port);
    return look(way ? { ...probe, host: way.host, port: way.port } : probe, signal);
  }
  const url = await reachUrl(probe.url, open);
  if (url === probe.url) return look(probe, signal);
  const headers = { host: new URL(probe.url).host, ...probe.headers };
  return look({ ...probe, url, headers }, signal);
}

/** Null: it is reached as it stands. */
export type OpenWays = (host: string, port: number) => Promise<Way | null>;

/** `engine`: asked only for what needs a way. */
export function waysOf(kind: string, engine: () => Engine | Promise<Engine>): OpenWays {
  const { isInside } = engineKind(kind);
  return async (host, port) => {
    if (!isInside?.(host)) return null;
    return (await (await engine()).reach?.(host, port)) ?? null;
  };
}

/** For load and probes together, by one engine, from when the first of them needs a way until it is closed. */
export class KeptWays {
  readonly open: OpenWays;
  #engine: Promise<Engine> | null = null;

  constructor(kind: string, openEngine: () => Promise<Engine>) {
    this.open = waysOf(kind, () => {
      this.#engine ??= openEngine().catch((error: unknown) => {
        this.#engine = null;
        throw error;
      });
      return this.#engine;
    });
  }

  close(): void {
    void this.#engine?.then((engine) => engine.close()).catch(() => {});
    this.#engine = null;
  }
}

/** Nothing else of it changes: what stands between braces is left as it is. */
async function reachUrl(text: string, open: OpenWays): Promise<string> {
  const { protocol, hostname, port } = new URL(text);
  const way = await open(hostname, Number(port) || (PORTS[protocol] ?? 0));
  if (!way) return text;
  return text.replace(
    /^([a-z]+:\/\/(?:[^/?#@]*@)?)[^/?#]*/i,
    (_, before: string) => `${before}${way.host}:${way.port}`,
  );
}

function named(spec: Extract<WorkloadSpec, { kind: 'http' }>, host: string): typeof spec {
  const withHost = <Operation extends HttpOperation>(operation: Operation): Operation => ({
    ...operation,
    headers: { host, ...operation.headers },
  });
  const { mix, setup, verify, tls } = spec;
  const isSecure = spec.urls.some((url) => url.startsWith('https:'));
  const name = host.replace(/:\d+$/, '');
  return {
    ...spec,
    mix: mix.map(withHost),
    setup: setup.map(withHost),
    verify: verify && { ...verify, read: withHost(verify.read) },
    tls: isSecure
      ? { ca: null, insecure: false, ...tls, server_name: tls?.server_name ?? name }
      : tls,
  };
}
