/**
 * Stacks on one cluster, a namespace each: two pods of `web`, a StatefulSet that keeps them on different nodes, and one of `keeper`,
 * a Deployment. Looked at through the API server itself.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, until } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { CRASH_CHAPTERS, type CrashStack, runOf } from '../crash/stack.ts';
import {
  apply,
  CONTEXT,
  clusterEnv,
  clusterSocket,
  kubectl,
  look,
  makeNamespace,
  type Pod,
  pods,
  removeNamespace,
} from './cluster.ts';

const WEB = 2;
const LABELS = ['web-1', 'web-2', 'keeper-1'];
/** What takes pods away that are not its target. */
const MOVES = ['scale', 'drain'];

const POD = (app: string, placed: string) => `
    metadata: { labels: { app: ${app} } }
    spec:
      terminationGracePeriodSeconds: 1
      ${placed}
      containers:
        - name: app
          image: docker.io/gameday-test/busybox:1
          imagePullPolicy: Never
          command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]`;
/** One a node: what is taken from node 2 comes back to it. */
const APART = `affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution:
        [{ topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } }] } }`;
const STACK = (namespace: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web, namespace: ${namespace} }
spec:
  serviceName: web
  replicas: ${WEB}
  podManagementPolicy: Parallel
  selector: { matchLabels: { app: web } }
  template:${POD('web', APART)}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: keeper, namespace: ${namespace} }
spec:
  replicas: 1
  selector: { matchLabels: { app: keeper } }
  template:${POD('keeper', 'nodeSelector: { kubernetes.io/hostname: node1 }')}
`;

let made = 0;

export async function makeKubernetesStack(): Promise<CrashStack> {
  const namespace = `crash${++made}`;
  const folder = makeFolder({
    'gameday.yaml': `name: ${namespace}
engine: kubernetes
kubernetes: { context: ${CONTEXT}, namespace: ${namespace} }
blast_radius: { max_unavailable: 100% }
workload: { kind: http, url: "http://127.0.0.1:9/", rate: 40/s }
chapters:
${CRASH_CHAPTERS}`,
  });
  const { path: cwd } = folder;
  // What a kubectl of gameday's leaves is found in it.
  const TMPDIR = join(cwd, 'tmp');
  mkdirSync(TMPDIR);
  const env = { ...clusterEnv(), TMPDIR };
  const at = { cwd, env };
  const cleanup = async () => {
    await servedExit(0, ['chapter', 'reset'], at);
    await folder.cleanup();
    await removeNamespace(namespace);
  };
  await makeNamespace(namespace);
  await apply(STACK(namespace));
  for (const each of ['statefulset/web', 'deployment/keeper'])
    await kubectl(['rollout', 'status', each, '--namespace', namespace, '--timeout', '90s']);
  await servedExit(0, ['chapter', 'next'], at);
  const stack: CrashStack = {
    cwd,
    env,
    killEnv: {
      GAMEDAY_KILL_FOLDER: join(cwd, '.gameday'),
      GAMEDAY_KILL_KUBERNETES: JSON.stringify({ socket: clusterSocket(), namespace }),
    },
    broken: ({ inside } = { inside: false }) =>
      brokenOf(namespace, !inside && liveKinds(stack).some((kind) => MOVES.includes(kind))),
    picture: async () => ({ web: (await look(webPath(namespace))).spec }),
    strays: async () => {
      const { items } = await look(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`);
      const left = () => readdirSync(TMPDIR).length === 0;
      await until('every kubectl to end', left, 5000).catch(() => {});
      return [
        ...items.map(({ metadata }: any) => `lease ${metadata.name}`),
        ...readdirSync(TMPDIR).map((name) => `kubectl with ${name}`),
      ];
    },
    cleanup,
  };
  return stack;
}

const webPath = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/statefulsets/web`;

function liveKinds(stack: CrashStack): string[] {
  const faults = runOf(stack)?.faults ?? [];
  return faults.filter(({ phase }) => phase !== 'recovered').map(({ kind }) => kind);
}

/** Labels, as gameday has them. `isMoving`: pods come and go, and none of them is what the fault was done to. */
async function brokenOf(namespace: string, isMoving: boolean): Promise<string[]> {
  const [nodes, web, all] = await Promise.all([
    look('/api/v1/nodes'),
    look(webPath(namespace)),
    pods(namespace),
  ]);
  const shut = nodes.items.filter(({ spec }: any) => spec.unschedulable);
  const well = all.filter(({ isReady, isEnding }) => isReady && !isEnding).map(labelOf);
  return [
    ...shut.map(({ metadata }: any) => metadata.name.replace('node', 'node-')),
    ...(web.spec.replicas === WEB ? [] : ['web']),
    ...(isMoving ? [] : LABELS.filter((label) => !well.includes(label))),
  ];
}

function labelOf({ app, name }: Pod): string {
  return app === 'web' ? `web-${Number(name.slice('web-'.length)) + 1}` : `${app}-1`;
}
