/** What every look begins with: which engine answers, what its clock shows, and which containers it has. */
import type { ListedContainer, SwarmState } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';
import { PROJECT_LABEL } from './docker-instance.ts';
import { type HostInfo, isPodman, podmanId } from './podman.ts';

export interface EngineFacts {
  id: string | null;
  /** Its clock minus ours. */
  skewMs: number;
  /** What it says of the swarm that it is part of. */
  swarm: SwarmState | null;
}

/** Throws Refusal `engine_unreachable`. */
export async function readEngineFacts(api: DockerApi): Promise<EngineFacts> {
  const askedMs = Date.now();
  const { status, headers, body } = await api.look('/info');
  const answeredMs = Date.now();
  const info =
    status === 200
      ? (JSON.parse(body.toString()) as HostInfo & { SystemTime?: string; Swarm?: SwarmState })
      : {};
  const engineMs = Date.parse(info.SystemTime ?? headers.date ?? '');
  const offMs = engineMs - (askedMs + answeredMs) / 2;
  // Nobody can tell clocks apart more finely than the answer took, or, by its head, than a second.
  const leastMs = (answeredMs - askedMs) / 2 + (info.SystemTime ? 0 : 1000);
  const skewMs = Math.abs(offMs) > leastMs ? offMs : 0;
  const id = isPodman(api) ? podmanId(info) : info.ID || null;
  return { id, skewMs, swarm: info.Swarm ?? null };
}

/** Of one project, or of all that Compose made. Throws as `DockerApi.read` does. */
export async function listContainers(
  api: DockerApi,
  project?: string,
  signal?: AbortSignal,
): Promise<ListedContainer[]> {
  const filters = JSON.stringify({
    label: [project === undefined ? PROJECT_LABEL : `${PROJECT_LABEL}=${project}`],
  });
  return (
    (await api.read<ListedContainer[]>(
      `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
      signal,
    )) ?? []
  );
}
