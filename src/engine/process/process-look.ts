/** One instance as it is listed: what is recorded of it, and whether it is well. */
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import type { ProcessService } from '../../story/story.ts';
import { GRACE_MS, isPortFree, lookAtHealth } from './process-health.ts';
import { portOf } from './process-plan.ts';
import { readRoute } from './process-ports.ts';
import type { PortProxy } from './process-proxy.ts';
import type { Standing } from './process-record.ts';

export interface Stack {
  project: string;
  services: Record<string, ProcessService>;
  /** Absolute. */
  stateDir: string;
  proxy: PortProxy;
}

/** Changes nothing. Never rejects. */
export async function lookAtInstance(
  stack: Stack,
  { id, service, number, state, generation }: Standing,
  signal?: AbortSignal,
): Promise<InstanceRow> {
  const { project, services } = stack;
  const row = {
    id,
    name: `${project}-${id}`,
    project,
    service,
    number,
    state,
    untouchable: null,
  };
  const spec = services[service];
  // A frozen process cannot answer; asking it would only take the whole time-out.
  if (state === 'paused') return { ...row, health: spec?.health ? 'unhealthy' : 'none' };
  const port = spec ? portOf(spec, number) : null;
  if (state !== 'running' || !spec?.health || port === null) return { ...row, health: 'none' };
  const startedMs = Date.now() - Date.parse(generation?.command?.started_at ?? '');
  return { ...row, health: await healthOf(stack, { id, spec, port, startedMs }, signal) };
}

interface Asked {
  id: string;
  spec: ProcessService;
  /** The declared one. */
  port: number;
  startedMs: number;
}

/** Asked at its own port, so that what the proxy does to its clients is not taken for an illness of its own. */
async function healthOf(
  { stateDir, proxy }: Stack,
  { id, spec, port, startedMs }: Asked,
  signal?: AbortSignal,
): Promise<Instance['health']> {
  const route = readRoute(stateDir, id);
  const ports = route ? [route.to, port] : [port];
  const health = await lookAtHealth(spec.health, ports, startedMs, signal);
  if (route === null || health !== 'healthy') return health;
  const status = (await proxy.status())?.routes[id];
  // A process that took the declared port itself does without.
  if (status && (status.state !== 'waiting' || !(await isPortFree(port)))) return health;
  return startedMs < GRACE_MS ? 'starting' : 'unhealthy';
}
