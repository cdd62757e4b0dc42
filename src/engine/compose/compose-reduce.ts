/**
 * A Compose model as JSON or YAML has it, reduced to what gameday needs. Pure. Understands the long forms that
 * `docker compose config` prints, and the short ones that stand in files.
 * Lacks on purpose: environment values, command lines and labels.
 */
import type {
  HealthCheck,
  PublishedPort,
  StackModel,
  StackService,
} from '../../story/draft/draft-stack.ts';
import { parseDuration } from '../../terms/duration.ts';
import { urlHost } from '../../terms/url-host.ts';
import { asksForPassword, healthUrl } from '../command-hints.ts';

/** A mapping of the model, not looked at yet. */
export type Raw = Record<string, unknown>;

/** As the Compose specification has them. */
const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_RETRIES = 3;

export function reduceModel(raw: Raw): Pick<StackModel, 'name' | 'services'> {
  const services = Object.entries(mapping(raw.services)).map(([name, service]) =>
    reduceService(name, mapping(service)),
  );
  return {
    name: text(raw.name) ?? '',
    services: services.toSorted((a, b) => compareNames(a.name, b.name)),
  };
}

function reduceService(name: string, raw: Raw): StackService {
  const deploy = mapping(raw.deploy);
  const networkMode = text(raw.network_mode) ?? '';
  const networkOf = /^service:(.+)$/.exec(networkMode)?.[1] ?? null;
  const image = text(raw.image);
  return {
    name,
    image,
    origin: image ?? buildOf(raw.build),
    replicas: deploy.mode === 'global' ? 1 : (number(raw.scale) ?? number(deploy.replicas) ?? 1),
    ports: list(raw.ports).flatMap((port) =>
      typeof port === 'object' ? longPort(mapping(port)) : shortPorts(String(port)),
    ),
    health: healthOf(name, raw),
    hostNetwork: networkMode === 'host',
    networkOf,
    restart: text(raw.restart) ?? 'no',
    dependsOn: { ...linksOf(raw, networkOf), ...dependenciesOf(raw.depends_on) },
    volumes: list(raw.volumes).some(isVolume),
    password: wantsPassword(raw),
    route: routeOf(raw.labels),
    jobMode: /-job$/.test(text(deploy.mode) ?? ''),
  };
}

function buildOf(build: unknown): string {
  const { context, dockerfile, target } =
    typeof build === 'string' ? { context: build } : mapping(build);
  return `build of ${[context, dockerfile, target].map((each) => text(each) ?? '').join(' ')}`.trimEnd();
}

function longPort(raw: Raw): PublishedPort[] {
  const target = number(raw.target);
  const published = parseRange(text(raw.published) ?? '');
  if (target === null || published === null || published.first === 0) return [];
  return [
    {
      host: urlHost(text(raw.host_ip) ?? ''),
      port: published.first,
      lastPort: published.last,
      target,
      protocol: raw.protocol === 'udp' ? 'udp' : 'tcp',
    },
  ];
}

/** `[address:]published:target[/protocol]`, with ranges; a lone target is published wherever there is room, so it is none. */
function shortPorts(short: string): PublishedPort[] {
  const [, address, outer = '', inner = '', protocol] =
    /^(?:(.*):)?([\d-]+):([\d-]+)(?:\/(\w+))?$/.exec(short.trim()) ?? [];
  const [published, target] = [parseRange(outer), parseRange(inner)];
  if (published === null || target === null) return [];
  const common = {
    host: urlHost(address ?? ''),
    protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
  };
  if (target.first === target.last)
    return [{ ...common, port: published.first, lastPort: published.last, target: target.first }];
  const width = Math.min(published.last - published.first, target.last - target.first);
  return Array.from({ length: width + 1 }, (_, at) => {
    const port = published.first + at;
    return { ...common, port, lastPort: port, target: target.first + at };
  });
}

function parseRange(range: string): { first: number; last: number } | null {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  if (first === undefined || Number(first) > 65_535) return null;
  return {
    first: Number(first),
    last: Math.max(Number(first), Math.min(Number(last ?? first), 65_535)),
  };
}

function healthOf(name: string, raw: Raw): HealthCheck | null {
  const check = mapping(raw.healthcheck);
  const words =
    typeof check.test === 'string' ? ['CMD-SHELL', check.test] : list(check.test).map(String);
  if (words.length < 2 || words[0] === 'NONE' || check.disable === true) return null;
  const durationMs = (key: string) => parseDuration(text(check[key]) ?? '');
  return {
    url: healthUrl(words.slice(1).join(' ').replaceAll('$$', '$'), [
      name,
      text(raw.hostname) ?? name,
      text(raw.container_name) ?? name,
    ]),
    intervalMs: durationMs('interval') || DEFAULT_INTERVAL_MS,
    retries: number(check.retries) ?? DEFAULT_RETRIES,
    startPeriodMs: durationMs('start_period') ?? 0,
  };
}

function dependenciesOf(raw: unknown): Record<string, string> {
  const entries = Array.isArray(raw)
    ? raw.map((name) => [String(name), 'service_started'] as const)
    : Object.entries(mapping(raw)).map(
        ([name, wants]) => [name, text(mapping(wants).condition) ?? 'service_started'] as const,
      );
  return Object.fromEntries(entries);
}

/** What v2 files write as links, and the service whose network is shared. */
function linksOf(raw: Raw, networkOf: string | null): Record<string, string> {
  const names = list(raw.links).map((link) => String(link).split(':')[0] as string);
  if (networkOf !== null) names.push(networkOf);
  return Object.fromEntries(names.map((name) => [name, 'service_started']));
}

/** A named volume or an anonymous one that can be written; a folder of this machine is not the stack's own state. */
function isVolume(volume: unknown): boolean {
  if (typeof volume === 'object')
    return mapping(volume).type === 'volume' && mapping(volume).read_only !== true;
  const short = String(volume);
  return /^\/[^:]*$/.test(short) || /^[A-Za-z0-9][\w.-]+:/.test(short);
}

function wantsPassword(raw: Raw): boolean {
  const command = Array.isArray(raw.command) ? raw.command.join(' ') : String(raw.command ?? '');
  const environment = raw.environment;
  const variables = Array.isArray(environment)
    ? environment.map(String)
    : Object.keys(mapping(environment));
  return (
    asksForPassword(command) || variables.some((name) => /^(REDIS|VALKEY)_PASSWORD/.test(name))
  );
}

/** The host and the path of a rule such as "Host(`shop.localhost`) && PathPrefix(`/api`)". */
function routeOf(labels: unknown): StackService['route'] {
  const written = Array.isArray(labels)
    ? labels.map(String)
    : Object.entries(mapping(labels)).map(([name, value]) => `${name}=${value}`);
  const rule = written.find((label) => /^traefik\.http\.routers\.[^.=]+\.rule=/.test(label)) ?? '';
  const host = /\bHost\([`'"]([\w.-]+)[`'"]\)/.exec(rule)?.[1];
  const path = /\bPath(?:Prefix)?\([`'"](\/[\w./-]*)[`'"]\)/.exec(rule)?.[1];
  return host === undefined ? null : { host, path: path ?? null };
}

/** `etcd2` before `etcd10`; the same order on every machine. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1);
}

export function mapping(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty; numbers count as they are written. */
export function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function number(value: unknown): number | null {
  const written = text(value);
  return written !== null && Number.isInteger(Number(written)) && Number(written) >= 0
    ? Number(written)
    : null;
}
