/**
 * What a large namespace costs: the same commands on 50 pods and on 5,000, side by side on one cluster with 100 nodes that kwok
 * pretends (test/kubernetes/kwok.sh). Needs what `npm run test:kubernetes` needs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aims, type Candidate, compare, GAMEDAY, time } from './measure.ts';

const SCRIPTS = fileURLToPath(new URL('../test/kubernetes/', import.meta.url));
const NODES = 100;
const SIZES = [
  { namespace: 'few', pods: 50 },
  { namespace: 'many', pods: 5000 },
] as const;
/** So many workloads in each namespace. */
const WORKLOADS = 10;
const RUNS = 5;
/** The commands that change something leave a cluster that is not at rest, and are measured less often. */
const CHANGING_RUNS = 3;
const AT_MOST = 2;
const READY_MS = 600_000;

const script = (name: string, ...args: string[]) =>
  execFileSync('bash', [join(SCRIPTS, name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

export async function benchKubernetes(): Promise<void> {
  if (process.getuid?.() !== 0 || spawnSync('containerd', ['--version']).error)
    return console.log('\nkubernetes: left out, since it takes root and containerd.');
  const dir = mkdtempSync(join(tmpdir(), 'gameday-bench-cluster-'));
  try {
    // Nodes that kwok pretends say rarely that they are there.
    process.env.GAMEDAY_NODE_GRACE = '10m';
    script('cluster.sh', 'up', dir, script('programs.sh'));
    script('kwok.sh', dir, String(NODES));
    const env = environment(dir);
    for (const { namespace, pods } of SIZES) await deploy(namespace, pods, env);
    await measure(env);
  } finally {
    script('cluster.sh', 'down', dir);
    rmSync(dir, { recursive: true, force: true });
  }
}

function environment(dir: string): NodeJS.ProcessEnv {
  const programs = readFileSync(join(dir, 'programs'), 'utf8').trim();
  return {
    ...process.env,
    PATH: [programs, process.env.PATH].join(delimiter),
    KUBECONFIG: join(dir, 'admin.conf'),
  };
}

async function deploy(namespace: string, pods: number, env: NodeJS.ProcessEnv): Promise<void> {
  const kubectl = (args: string[], input?: string) =>
    execFileSync('kubectl', args, {
      env,
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  kubectl(['create', 'namespace', namespace]);
  const names = Array.from({ length: WORKLOADS }, (_, index) => `app-${index}`);
  const deployment = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: pods / WORKLOADS,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          nodeSelector: { 'gameday-test': 'fake' },
          containers: [{ name: 'app', image: 'none' }],
        },
      },
    },
  });
  const list = { apiVersion: 'v1', kind: 'List', items: names.map(deployment) };
  kubectl(['apply', '--filename', '-'], JSON.stringify(list));
  const ready = '-o=jsonpath={range .items[*]}{.status.readyReplicas}{"\\n"}{end}';
  const end = performance.now() + READY_MS;
  for (;;) {
    const counts = kubectl(['get', 'deployments', '--namespace', namespace, ready]);
    const sum = counts.split('\n').reduce((all, count) => all + Number(count), 0);
    if (sum === pods) return;
    if (performance.now() > end) throw new Error(`${sum} of ${pods} pods of ${namespace} run.`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function measure(env: NodeJS.ProcessEnv): Promise<void> {
  const folders = SIZES.map(({ namespace }) => {
    const folder = mkdtempSync(join(tmpdir(), 'gameday-bench-'));
    const cluster = `{ context: gameday-test, namespace: ${namespace} }`;
    const story = `name: bench\nengine: kubernetes\nkubernetes: ${cluster}\nchapters: [{ title: One }]\n`;
    writeFileSync(join(folder, 'gameday.yaml'), story);
    return folder;
  });
  const gameday = (folder: string, ...args: string[]) =>
    time(process.execPath, [GAMEDAY, ...args], { cwd: folder, env });
  const inject = ['fault', 'inject', 'kill', 'app-1-1', '--countdown', '0'];
  const rows: [string, number, (folder: string) => number][] = [
    ['fault inject --dry-run', RUNS, (folder) => gameday(folder, ...inject, '--dry-run')],
    [
      'fault inject kill',
      CHANGING_RUNS,
      (folder) => {
        const tookMs = gameday(folder, ...inject);
        gameday(folder, 'fault', 'recover');
        return tookMs;
      },
    ],
    [
      'fault recover of it',
      CHANGING_RUNS,
      (folder) => {
        gameday(folder, ...inject);
        return gameday(folder, 'fault', 'recover');
      },
    ],
    ['fault list with five faults', RUNS, (folder) => gameday(folder, 'fault', 'list')],
    ['fault recover of five', 1, (folder) => gameday(folder, 'fault', 'recover')],
  ];
  try {
    for (const [name, runs, run] of rows) {
      if (name.startsWith('fault list'))
        for (const folder of folders)
          gameday(
            folder,
            'fault',
            'inject',
            'kill',
            'app-1',
            '--count',
            '5',
            '--countdown',
            '0',
            '--overrule',
            'max_unavailable',
          );
      const candidates = SIZES.map(
        ({ pods }, index): Candidate => [`${pods} pods`, () => run(folders[index] as string)],
      );
      // What is over after the first time is not warmed up.
      const [few, many] =
        runs === 1
          ? await once(name, candidates)
          : await compare(`kubernetes: ${name}`, candidates, { runs });
      const ratio = (many as number) / (few as number);
      aims.push({ row: `kubernetes, 5,000 pods against 50: ${name}`, ratio, atMost: AT_MOST });
    }
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

async function once(name: string, candidates: Candidate[]): Promise<number[]> {
  const times: number[] = [];
  console.log(`\nkubernetes: ${name} (once)`);
  for (const [of, run] of candidates) {
    const tookMs = await run();
    times.push(tookMs);
    console.log(`  ${of.padEnd(52)} ${tookMs.toFixed(1).padStart(8)} ms`);
  }
  return times;
}
