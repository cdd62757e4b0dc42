/** The cluster as the tests use it: kubectl, power and cables of its machines, and namespaces with an application in them. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../commands/cli.ts';
import { ask } from '../docker/ask.ts';
import { RUN_MARK } from '../run-folder.ts';
import { CLUSTER, SOCKET } from './global-setup.ts';

const run = promisify(execFile);

export const CONTEXT = 'gameday-test';
/** Of the control plane, for `machine`. */
export const CONTROL = '0';

export interface Pod {
  name: string;
  uid: string;
  node: string;
  ip: string;
  app: string;
  phase: string;
  isReady: boolean;
  isEnding: boolean;
  restarts: number;
}

function dir(): string {
  const found = process.env[CLUSTER];
  if (!found) throw new Error('These tests need a cluster: npm run test:kubernetes');
  return found;
}

/** For child processes, and for an engine that is opened here: kubectl is found, and looks at this cluster alone. */
export function clusterEnv(): NodeJS.ProcessEnv {
  const programs = readFileSync(join(dir(), 'programs'), 'utf8').trim();
  return {
    ...process.env,
    PATH: [programs, process.env.PATH].join(delimiter),
    KUBECONFIG: join(dir(), 'admin.conf'),
  };
}

/** Resolves to stdout; rejects with what it wrote on stderr. */
export async function kubectl(args: string[], input?: string): Promise<string> {
  const pending = run('kubectl', args, { env: clusterEnv(), maxBuffer: 64 * 1024 * 1024 });
  pending.child.stdin?.end(input ?? '');
  return (await pending).stdout.trim();
}

/** Of a kubectl proxy that stays. */
export function clusterSocket(): string {
  return process.env[SOCKET] as string;
}

/** What the API server answers to a GET; a kubectl for each would take longer than what is tested. Rejects where there is no such object. */
export async function look(path: string): Promise<any> {
  const answer = await ask(`unix://${clusterSocket()}`, path);
  if (answer.kind === 'Status') throw new Error(`${path}: ${answer.message}`);
  return answer;
}

export const apply = (yaml: string) => kubectl(['apply', '--filename', '-'], yaml);

/** `off`, `on`: its power; `cut`, `mend`: its cable. */
export function machine(act: 'off' | 'on' | 'cut' | 'mend', which: string): void {
  // What it starts is of the cluster, which may be there after this run.
  const { [RUN_MARK]: _, ...env } = process.env;
  execFileSync('bash', [join(import.meta.dirname, 'cluster.sh'), act, dir(), which], {
    stdio: 'ignore',
    env,
  });
}

/** As the API server says, in the order of their names. */
export async function pods(namespace: string): Promise<Pod[]> {
  const { items } = await look(`/api/v1/namespaces/${namespace}/pods`);
  return items.map(({ metadata, spec, status }: any) => ({
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName,
    ip: status.podIP,
    app: metadata.labels?.app,
    phase: status.phase,
    isReady: status.conditions?.some(
      (each: any) => each.type === 'Ready' && each.status === 'True',
    ),
    isEnding: Boolean(metadata.deletionTimestamp),
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
  }));
}

/** Of an earlier run on the same cluster there may be one that is still ending. */
export async function makeNamespace(name: string): Promise<void> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found']);
  await kubectl(['create', 'namespace', name]);
}

export async function removeNamespace(name: string): Promise<void> {
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
}

/** It ends at a SIGTERM, which a first process has to ask for. */
const CONTAINER = (command: string) => `
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: docker.io/gameday-test/busybox:1
          imagePullPolicy: Never
          command: [sh, -c, "trap 'exit 0' TERM; ${command} & wait"]`;
const WEB = `mkdir /w; hostname > /w/index.html; echo started; httpd -f -p 80 -h /w`;
const CHECK = `
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 1 }`;

/** The namespace that most files have, one after the other: its pods need not come up for each of them. */
export const SHOP = 'shop';

/**
 * A Deployment `web` of three, a StatefulSet `store` of two, a DaemonSet `agent`, and a Job; made so again where a file before
 * left it otherwise, with nothing beside them. Resolves when all of them are ready.
 */
export async function openShop(namespace = SHOP): Promise<void> {
  await kubectl(['uncordon', 'node1', 'node2']);
  const found = await look(`/api/v1/namespaces/${namespace}`).catch(() => null);
  if (found?.status.phase !== 'Active') await makeNamespace(namespace);
  await kubectl(['delete', 'service,pdb,lease,job', '--all', '--namespace', namespace]);
  await apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace} }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:${CONTAINER(WEB)}${CHECK}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: store, namespace: ${namespace} }
spec:
  serviceName: store
  replicas: 2
  podManagementPolicy: Parallel
  selector: { matchLabels: { app: store } }
  template:
    metadata: { labels: { app: store } }
    spec:${CONTAINER(WEB)}${CHECK}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:${CONTAINER('sleep 100000')}
---
apiVersion: batch/v1
kind: Job
metadata: { name: once, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { app: once } }
    spec:
      restartPolicy: Never${CONTAINER('exit 0')}
`);
  await until(`${namespace} to be whole`, async () => isWhole(await pods(namespace)), 90_000);
}

/** Nothing beside the pods of all workloads, and the end of the job. */
function isWhole(all: readonly Pod[]): boolean {
  const isWell = ({ app, phase, isReady, isEnding }: Pod) =>
    !isEnding && (app === 'once' ? phase === 'Succeeded' : isReady);
  return all.length === 8 && all.every(isWell);
}
