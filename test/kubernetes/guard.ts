/**
 * `guard.ts FOLDER CLUSTER`: outlives a run of these tests. When the run is over, also by SIGKILL, it ends what the run has left, and
 * takes its cluster down, unless that belongs to another run by then.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunOver } from '../run-folder.ts';
import { sweep } from '../sweep.ts';

const LOOK_EVERY_MS = 500;

const [folder, cluster] = process.argv.slice(2) as [string, string];
while (existsSync(folder) && !isRunOver(folder)) await delay(LOOK_EVERY_MS);
// First of all whoever is still making the cluster.
await sweep(dirname(folder), null);
const mark = join(cluster, 'run');
if (existsSync(mark) && readFileSync(mark, 'utf8') === folder)
  execFileSync('bash', [join(import.meta.dirname, 'cluster.sh'), 'down', cluster]);
