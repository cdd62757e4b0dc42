/**
 * Once for the run of these tests: a real cluster of two nodes, and its end. GAMEDAY_TEST_CLUSTER names one that is up already
 * (`cluster.sh up DIR PROGRAMS`), which is then left as it is. GAMEDAY_CHAOSMESH=1 has Chaos Mesh in it, which takes longer.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const CLUSTER = 'GAMEDAY_TEST_CLUSTER';
const DIR = '/tmp/gameday-test-cluster';

const script = (name: string, ...args: string[]) =>
  execFileSync('bash', [join(import.meta.dirname, name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

let isOurs = false;

export function mochaGlobalSetup(): void {
  if (process.env[CLUSTER]) return;
  const programs = script('programs.sh');
  script('cluster.sh', 'down', DIR);
  isOurs = true;
  script('cluster.sh', 'up', DIR, programs, String(process.pid));
  process.env[CLUSTER] = DIR;
  if (process.env.GAMEDAY_CHAOSMESH) script('chaos-mesh.sh', DIR);
}

export function mochaGlobalTeardown(): void {
  if (isOurs) script('cluster.sh', 'down', DIR);
}
