/**
 * Stacks on one swarm, two `web` and a `keeper` each, looked at through the engines of its nodes. Each stack has node 1 and one
 * other node to itself, so that a node which is drained for the first one takes nothing from the second.
 */
import { join } from 'node:path';
import { makeFolder } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { type Looker, startLooker } from '../crash/look-inside.ts';
import { CRASH_CHAPTERS, type CrashStack, type MakeStack } from '../crash/stack.ts';
import { ask } from '../docker/ask.ts';
import { startHttpServer } from '../workload/servers.ts';
import { type Cluster, testCluster } from './cluster.ts';

/** Of a stack: two of web, one of keeper. */
const TASKS = 3;
/** `without`: the node that it keeps off. */
const FILE = (without: number) => `version: "3.8"
x-all: &all
  image: "\${IMAGE}"
  command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
x-deploy: &deploy { endpoint_mode: dnsrr, restart_policy: { condition: any, delay: 100ms } }
services:
  web:
    <<: *all
    deploy: { <<: *deploy, replicas: 2, placement: { max_replicas_per_node: 1, constraints: [node.hostname != node${without}] } }
  keeper:
    <<: *all
    deploy: { <<: *deploy, placement: { constraints: [node.hostname == node1] } }
`;
const REPLICAS: Record<string, number> = { web: 2, keeper: 1 };

interface Shared {
  cluster: Cluster;
  tools: string;
  /** Of each node, in their order. */
  hosts: string[];
  lookers: Looker[];
}

/** One swarm for all stacks that are made by what it returns. */
export function swarmStacks(): MakeStack {
  let shared: Promise<Shared | null> | null = null;
  let made = 0;
  let open = 0;
  return async () => {
    const number = ++made;
    open++;
    shared ??= share();
    const all = await shared;
    if (!all) return null;
    const end = async () => {
      if (--open > 0) return;
      for (const looker of all.lookers) await looker.end();
      await all.cluster.cleanup();
    };
    return makeSwarmStack(all, number, end).catch(async (error) => {
      await end();
      throw error;
    });
  };
}

async function share(): Promise<Shared | null> {
  const cluster = await testCluster(null);
  if (!cluster) return null;
  const tools = await cluster.loadTools();
  const hosts = [1, 2, 3].map(cluster.host);
  const lookers = hosts.map((host) => startLooker(host, cluster.env, tools));
  return { cluster, tools, hosts, lookers: await Promise.all(lookers) };
}

async function makeSwarmStack(
  shared: Shared,
  number: number,
  end: () => Promise<void>,
): Promise<CrashStack> {
  const { cluster, tools, hosts } = shared;
  const name = `crash${number}`;
  const server = await startHttpServer();
  const folder = makeFolder({
    'stack.yaml': FILE(number === 1 ? 3 : 2),
    'gameday.yaml': `name: ${name}
engine: swarm
swarm: { context: node1 }
tools: { image: "${tools}" }
blast_radius: { max_unavailable: 100% }
workload: { kind: http, url: "${server.url}", rate: 40/s }
chapters:
${CRASH_CHAPTERS}`,
  });
  const { path: cwd } = folder;
  const at = { cwd, env: cluster.env };
  await cluster.deploy(name, { file: join(cwd, 'stack.yaml'), tasks: TASKS });
  await servedExit(0, ['chapter', 'next'], at);
  return {
    cwd,
    env: cluster.env,
    killEnv: {
      GAMEDAY_KILL_FOLDER: join(cwd, '.gameday'),
      GAMEDAY_KILL_SWARM: JSON.stringify({
        stack: name,
        sockets: hosts.map((host) => host.replace('unix://', '')),
      }),
    },
    broken: ({ inside } = { inside: false }) => brokenOf(shared, name, inside),
    picture: async () => {
      const { services } = await lookAt(shared, name);
      return Object.fromEntries(services.map(({ Spec }) => [Spec.Name, Spec]));
    },
    strays: async () => {
      const { claims, containers } = await lookAt(shared, name);
      const others = containers.filter(({ Labels }) => ![undefined, name].includes(Labels[STACK]));
      const helpers = containers
        .filter(({ Labels }) => Labels['gameday.target'] !== undefined)
        .filter(({ Labels }) => !others.some(({ Id }) => Id === Labels['gameday.target']));
      return [
        ...claims.map(({ Spec }) => `claim ${Spec.Name}`),
        ...helpers.map(({ Labels, Id }) => `${Labels['gameday.made-for']} ${Id}`),
      ];
    },
    cleanup: async () => {
      await servedExit(0, ['chapter', 'reset'], at);
      await folder.cleanup();
      await server.close();
      await end();
    },
  };
}

const STACK = 'com.docker.stack.namespace';

/** What the manager and the engine of each node say; the containers are those of all stacks, with the index of their node. */
async function lookAt({ hosts }: Shared, name: string) {
  const manager = hosts[0] as string;
  const filters = encodeURIComponent(JSON.stringify({ label: [`${STACK}=${name}`] }));
  const of = (what: string): Promise<any[]> => ask(manager, `/${what}?filters=${filters}`);
  const [nodes, services, tasks, claims, ...lists] = await Promise.all([
    ask(manager, '/nodes') as Promise<any[]>,
    of('services'),
    of('tasks'),
    of('configs'),
    ...hosts.map((host): Promise<any[]> => ask(host, '/containers/json?all=1')),
  ]);
  const containers: any[] = lists.flatMap((list, node) => list.map((each) => ({ ...each, node })));
  return { nodes, services, tasks, claims, containers };
}

/** Labels, as gameday has them. */
async function brokenOf(shared: Shared, name: string, inside: boolean): Promise<string[]> {
  const { nodes, services, tasks, containers } = await lookAt(shared, name);
  const nameOf = (spec: any) => spec.Name.slice(name.length + 1) as string;
  const shut = nodes.filter(({ Spec }) => Spec.Availability !== 'active' || isMarked(Spec));
  const scaled = services.filter(
    ({ Spec }) => isMarked(Spec) || Spec.Mode.Replicated.Replicas !== REPLICAS[nameOf(Spec)],
  );
  const places = services.flatMap(({ ID, Spec }) => {
    const wanted = tasks.filter(
      ({ ServiceID, DesiredState }) =>
        ServiceID === ID && ['ready', 'running'].includes(DesiredState),
    );
    const slots = Array.from({ length: Spec.Mode.Replicated.Replicas }, (_, index) => index + 1);
    return slots.map((slot) => {
      const task = wanted.find(
        ({ Slot, DesiredState }) => Slot === slot && DesiredState === 'running',
      );
      const container = containers.find(
        ({ Labels }) => task && Labels['com.docker.swarm.task.id'] === task.ID,
      );
      return { label: `${nameOf(Spec)}-${slot}`, container };
    });
  });
  const running = places.filter(({ container }) => container?.State === 'running');
  const well = inside
    ? await looksWell(
        shared,
        running.map(({ container }) => container),
      )
    : running.map(({ container }) => container.Id);
  return [
    ...shut.map(({ Description }) => Description.Hostname.replace('node', 'node-')),
    ...scaled.map(({ Spec }) => nameOf(Spec)),
    // While a node is shut, its tasks have no place to be; while a service is scaled, Swarm chooses which of them stay.
    ...(shut.length + scaled.length > 0
      ? []
      : places.flatMap(({ label, container }) =>
          well.includes(container?.Id) || (!inside && isComing(container)) ? [] : label,
        )),
  ];
}

/** What takes instances away and brings them back is live meanwhile, and none of them is its target: only the last look, which goes inside, asks whether they are there. */
function isComing(container: any): boolean {
  return container === undefined || container.State === 'created';
}

async function looksWell({ hosts, lookers }: Shared, running: any[]): Promise<string[]> {
  const ids = lookers.map(async (looker, node) => {
    const mine = running.filter((each) => each.node === node);
    const inspected = mine.map(({ Id }) => ask(hosts[node] as string, `/containers/${Id}/json`));
    const there = (await Promise.all(inspected)).filter(({ State }) => State?.Pid > 0);
    return there.length > 0 ? looker.well(there) : [];
  });
  return (await Promise.all(ids)).flat();
}

function isMarked({ Labels }: any): boolean {
  return Object.keys(Labels ?? {}).some((label) => label.startsWith('gameday.'));
}
