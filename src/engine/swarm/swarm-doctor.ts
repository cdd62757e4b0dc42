/** How a swarm and a stack on it stand, for `story doctor`. */
import { countRunning } from '../../fault/instance.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import { sayUntil } from '../claim.ts';
import { endpointBy } from '../docker/docker-connection.ts';
import { judgeDocker } from '../docker/docker-doctor.ts';
import { type DockerFacts, examineDocker, versionOf } from '../docker/docker-exam.ts';
import type { EngineVersions, ExamineSite } from '../engine-kind.ts';
import type { SwarmEngine } from './swarm.ts';
import type { SwarmNode } from './swarm-answers.ts';
import type { SwarmClaim } from './swarm-claim.ts';
import { nodeNames } from './swarm-tasks.ts';

/** Throws as `examineDocker` does. */
export async function examine(at: ExamineSite): Promise<DoctorLine[]> {
  return judgeDocker(await lookAtManager(at));
}

/** Never rejects. */
export async function versions(at: ExamineSite): Promise<EngineVersions> {
  const docker = await lookAtManager(at).catch(() => null);
  return { engine: docker && versionOf(docker), compose: null };
}

async function lookAtManager({ allowRemote, stack }: ExamineSite): Promise<DockerFacts> {
  const { env } = process;
  const context = stack?.swarm.context ?? null;
  return examineDocker(allowRemote, env, context === null ? undefined : endpointBy(context, env));
}

/** What is known of a node for this. */
export interface NodeFacts {
  name: string;
  role: string;
  availability: string;
  state: string;
  /** The docker context or the address that leads to it; null: none. */
  by: string | null;
}

/** Throws as a look at the engine does. */
export async function examineStack(engine: SwarmEngine): Promise<DoctorLine[]> {
  const [rows, { nodes }, claim] = await Promise.all([
    engine.list(),
    engine.view(),
    engine.readClaim(),
  ]);
  const stack =
    rows.length === 0
      ? problem(
          'stack',
          'stack_down',
          `No task of the stack ${engine.project} exists.`,
          'docker stack ls',
        )
      : ok('stack', `${engine.project}: ${countRunning(rows)}`);
  return [...judgeNodes(nodeFacts(nodes, engine.spec.ways)), stack, judgeClaim(engine, claim)];
}

function nodeFacts(
  nodes: ReadonlyMap<string, SwarmNode>,
  ways: Readonly<Record<string, string>>,
): NodeFacts[] {
  return [...nodeNames(nodes.values())].flatMap(([id, name]) => {
    const node = nodes.get(id);
    if (!node) return [];
    const { Role: role = 'worker', Availability: availability } = node.Spec;
    return { name, role, availability, state: node.Status.State, by: ways[id] ?? null };
  });
}

/** Pure. */
function judgeClaim(
  { project }: Pick<SwarmEngine, 'project'>,
  claim: SwarmClaim | null | 'unknown',
): DoctorLine {
  if (claim === 'unknown')
    return warning(
      'claim',
      'Whoever stands before the engine lets nobody look at configs, so that a second game day on this stack is not kept out.',
      'Let it pass requests to /configs, or agree on who has the stack.',
    );
  if (claim === null || claim.holder === '')
    return ok('claim', `no game day has the stack ${project}`);
  return ok('claim', `${claim.holder} has the stack${sayUntil(claim)}`);
}

/** Pure. */
export function judgeNodes(nodes: readonly NodeFacts[]): DoctorLine[] {
  const managers = nodes.filter(({ role, state }) => role === 'manager' && state === 'ready');
  const all = ok('swarm', `${nodes.length} nodes, ${managers.length} of them ready managers`);
  const only =
    managers.length === 1
      ? [
          warning(
            'swarm',
            `${managers[0]?.name} is the only manager: while it is away nothing can be looked at, replaced or recovered.`,
            'docker node promote NODE',
          ),
        ]
      : [];
  return [all, ...only, ...nodes.map(judgeNode)];
}

function judgeNode({ name, availability, state, by }: NodeFacts): DoctorLine {
  const text = `${name} is ${state} and ${availability}`;
  if (state !== 'ready')
    return warning('node', `${text}, so its tasks cannot be touched.`, 'docker node ls');
  if (by === null)
    return warning(
      'node',
      `${text}, and no docker context leads to it, so its tasks cannot be touched.`,
      `docker context create ${name} --docker host=ssh://${name}`,
    );
  return ok('node', `${text}, reached by ${by}`);
}
