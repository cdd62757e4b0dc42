/**
 * How the containers of each service are to be made, by the Compose model. Pure. Of what an update, a pause or a hand can
 * change later, and no more.
 */
import { type Limits, PERIOD_US } from '../docker/container-limits.ts';
import { list, mapping, type Raw, text } from './compose-reduce.ts';

export interface WantedService extends Limits {
  replicas: number;
  /** Null: the file leaves it to a policy of its own, which older and newer Compose read differently. */
  restart: string | null;
  /** By the engine's name of the network, with the names that the service has there; null: it has no networks of its own. */
  networks: ReadonlyMap<string, readonly string[]> | null;
}

/** By name. `profiles`: the active ones; services of other profiles need no container. */
export function wantedServices(
  raw: Raw,
  project: string,
  profiles: readonly string[],
): Map<string, WantedService> {
  const services = Object.entries(mapping(raw.services));
  return new Map(
    services.map(([name, service]) => [
      name,
      wantedService(name, mapping(service), { raw, project, profiles }),
    ]),
  );
}

interface Model {
  raw: Raw;
  project: string;
  profiles: readonly string[];
}

function wantedService(name: string, service: Raw, model: Model): WantedService {
  const own = list(service.profiles).map(String);
  const isActive =
    own.length === 0 ||
    own.some((each) => model.profiles.includes(each)) ||
    model.profiles.includes('*');
  const deploy = mapping(service.deploy);
  const replicas = number(service.scale) ?? number(deploy.replicas) ?? 1;
  return {
    replicas: isActive ? replicas : 0,
    ...limitsIn(service, mapping(mapping(mapping(deploy).resources).limits)),
    restart:
      text(service.restart)?.split(':')[0] ??
      (Object.keys(mapping(deploy.restart_policy)).length > 0 ? null : 'no'),
    networks: text(service.network_mode) === null ? networksIn(name, service, model) : null,
  };
}

/** As Compose has it, what stands under `deploy` goes before what stands beside it. */
function limitsIn(service: Raw, deployed: Raw): Limits {
  const quota = number(service.cpu_quota);
  const byQuota = quota ? quota / (number(service.cpu_period) || PERIOD_US) : null;
  const cpus = number(deployed.cpus) || number(service.cpus) || byQuota;
  const memory = bytes(deployed.memory) || bytes(service.mem_limit);
  return { cpus: cpus || Infinity, memory: memory || Infinity };
}

function networksIn(name: string, service: Raw, { raw, project }: Model): Map<string, string[]> {
  const known = mapping(raw.networks);
  const nameOf = (key: string) => text(mapping(known[key]).name) ?? `${project}_${key}`;
  const written = Array.isArray(service.networks)
    ? Object.fromEntries(service.networks.map((key) => [String(key), null]))
    : mapping(service.networks);
  const networks = Object.keys(written).length > 0 ? written : { default: null };
  return new Map(
    Object.entries(networks).map(([key, its]) => [
      nameOf(key),
      [name, ...list(mapping(its).aliases).map(String)],
    ]),
  );
}

function number(value: unknown): number | null {
  const written = text(value);
  const read = Number(written);
  return written === null || Number.isNaN(read) ? null : read;
}

const UNITS: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Compose resolves a size to bytes; Compose v1 prints it as it is written. */
function bytes(value: unknown): number | null {
  const [, amount, unit = 'b'] = /^([\d.]+)\s*([bkmgt])?(?:i?b)?$/i.exec(text(value) ?? '') ?? [];
  return amount === undefined ? null : Number(amount) * (UNITS[unit.toLowerCase()] ?? 1);
}
