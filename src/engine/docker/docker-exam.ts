/**
 * What the Docker engine itself says of itself: no stack need be known, and nothing is changed.
 * Lacks on purpose: any judgement (`docker-doctor.ts`).
 */
import { runProgram } from '../../system/program.ts';
import type { Hindrance } from '../engine.ts';
import type { EngineVersions } from '../engine-kind.ts';
import { DockerApi } from './docker-api.ts';
import { type DockerEndpoint, findDockerEndpoint, refuseRemote } from './docker-connection.ts';
import { runHelper, straysOf } from './docker-helper.ts';
import { type Copy, copiesOf, removeLeftovers } from './docker-leftovers.ts';
import { NO_NETEM, TRY_NETEM } from './network-script.ts';
import { type HostInfo, isPodman, isRootless, readPodman, whyNoLimits } from './podman.ts';
import type { ToolsImage } from './tools-image.ts';

const COMPOSE_MS = 10_000;
/** In this order, as for the stack's model. */
const COMPOSE_WAYS = [
  ['docker', 'compose', 'version', '--short'],
  ['docker-compose', 'version', '--short'],
];

export interface DockerFacts {
  /** As it names itself: `Docker 28.2.2`. */
  engine: string;
  api: string;
  address: string;
  source: string;
  by: 'unix' | 'tcp' | 'ssh';
  local: boolean;
  system: string | null;
  rootless: boolean;
  /** Version of the control groups: `1`, `2`; null where it does not say. */
  cgroup: string | null;
  /** Limits of a container that runs can be changed. */
  limits: boolean;
  /** Its clock minus ours; null where it does not say. Wrong by half of `asked_ms` at most. */
  skew_ms: number | null;
  asked_ms: number;
}

interface Info extends HostInfo {
  SystemTime?: string;
  OperatingSystem?: string;
}

/** Throws Refusal `engine_unreachable` or `remote_engine`, or EngineError for an engine that answers with an error. */
export async function examineDocker(
  allowRemote: boolean,
  env: NodeJS.ProcessEnv = process.env,
  endpoint: DockerEndpoint = findDockerEndpoint(env),
): Promise<DockerFacts> {
  refuseRemote(endpoint, allowRemote);
  const api = await DockerApi.open(endpoint, env);
  try {
    const asked = Date.now();
    const info = (await api.read<Info>('/info')) ?? {};
    const answered = Date.now();
    const engineMs = Date.parse(info.SystemTime ?? '');
    const docker = { rootless: isRootless(info), cgroup: info.CgroupVersion ?? null };
    return {
      engine: api.engine,
      api: api.version,
      address: endpoint.address,
      source: endpoint.source,
      by: endpoint.transport.by,
      local: endpoint.local,
      system: info.OperatingSystem ?? null,
      ...(isPodman(api) ? await readPodman(api) : docker),
      limits: (await whyNoLimits(api)) === null,
      // Its clock was read somewhere between the two; the middle is wrong by half of the way at most.
      skew_ms: Number.isNaN(engineMs) ? null : Math.round(engineMs - (asked + answered) / 2),
      asked_ms: answered - asked,
    };
  } finally {
    api.close();
  }
}

export interface HelperFacts {
  /** The tools image. */
  image: string;
  /** Null: it is on the engine. */
  lacking: Hindrance | null;
  /** Whether its kernel can make packets wait; null: it could not be tried. */
  netem: boolean | null;
  /** Containers of ours that nobody waits for any more: short ids, and what each was made for. */
  strays: { id: string; purpose: string }[];
  /** Of containers that a removal took away. */
  copies: Copy[];
}

export interface Helpers {
  /** Throws as a look at the engine does. */
  examine(): Promise<HelperFacts>;
  /** Resolves to what was removed, for people. */
  tidy(): Promise<string[]>;
}

export function helpersOn(api: DockerApi, tools: ToolsImage): Helpers {
  return { examine: () => examineHelpers(api, tools), tidy: () => removeLeftovers(api) };
}

async function examineHelpers(api: DockerApi, tools: ToolsImage): Promise<HelperFacts> {
  const [lacking, strays, copies] = await Promise.all([
    tools.whyLacking(),
    straysOf(api),
    copiesOf(api),
  ]);
  return {
    image: tools.wanted,
    lacking,
    netem: lacking ? null : await tryNetem(api, tools),
    strays: strays.map(({ id, purpose }) => ({ id: id.slice(0, 12), purpose })),
    copies: copies.map((copy) => ({ ...copy, id: copy.id.slice(0, 12) })),
  };
}

/** In an empty network, which is gone with the helper. */
async function tryNetem(api: DockerApi, tools: ToolsImage): Promise<boolean | null> {
  const end = await runHelper(api, {
    what: 'trial of netem',
    purpose: 'network',
    target: '',
    image: tools.wanted,
    script: TRY_NETEM,
    rights: { CapAdd: ['NET_ADMIN'] },
  });
  if (end.refused !== null) return null;
  return end.code === 0 ? true : end.code === NO_NETEM ? false : null;
}

/** The version of Docker Compose at hand; null where there is none. */
export async function examineCompose(
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  for (const argv of COMPOSE_WAYS) {
    const { exit_code, stdout } = await runProgram(
      { argv },
      { cwd, env: given, timeout_ms: COMPOSE_MS },
    );
    const [version] = /\d+\.\d+\S*/.exec(stdout) ?? [];
    if (exit_code === 0 && version) return version;
  }
  return null;
}

/** Of both, as far as they say. Never rejects. */
export async function examineVersions(cwd: string, allowRemote: boolean): Promise<EngineVersions> {
  const compose = await examineCompose(cwd).catch(() => null);
  const docker = await examineDocker(allowRemote).catch(() => null);
  return { engine: docker && versionOf(docker), compose };
}

export function versionOf({ engine, api }: DockerFacts): NonNullable<EngineVersions['engine']> {
  const [name = '', version = null] = engine.split(' ');
  return { name, version, api };
}
