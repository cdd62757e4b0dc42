/** Two `web` and a `keeper` as local processes, for random walks. Everything is looked at from outside of gameday. */
import { join } from 'node:path';
import fc from 'fast-check';
import { readStanding } from '../../src/engine/process/process-record.ts';
import { lookAt } from '../../src/system/process-table.ts';
import { makeFolder, SERVER } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { pictureOfProcesses } from '../fixtures/process/outside.ts';
import { marked } from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { processesIn } from './left.ts';
import type { Meddling } from './steps.ts';
import type { WalkStack } from './walk.ts';

const TARGETS = ['keeper-1', 'web-1', 'web-2'];

const oneOf = (...all: string[]) =>
  fc.constantFrom(...all.map((each) => each.split(' ').filter(Boolean)));

/** Every kind that a local process can have. */
const KINDS = {
  kill: oneOf('', '--signal TERM', '--signal INT'),
  stop: oneOf('', '--grace 0s', '--grace 1s'),
  pause: oneOf(''),
  crash: oneOf(''),
  restart: oneOf('', '--grace 0s'),
  partition: oneOf('', '--direction in', '--direction out'),
  delay: oneOf('--time 50ms', '--time 200ms --jitter 50ms --direction in'),
  loss: oneOf('--share 5%', '--share 99.9%'),
  reset: oneOf(''),
  rate: oneOf('--limit 100kbit', '--limit 1mbit'),
  http: oneOf('', '--path /healthz --share 50%', '--delay 100ms', '--cut head', '--cut body'),
};

export async function makeProcessStack(): Promise<WalkStack> {
  const port = await freePorts(3);
  const command = JSON.stringify(SERVER);
  const folder = makeFolder({
    'gameday.yaml': `name: walk
engine: process
services:
  web: { command: ${command}, replicas: 2, port: ${port}, health: { http: /healthz } }
  keeper: { command: ${command}, port: ${port + 2}, health: { http: /healthz }, restart: always }
chapters: [{ title: Walk }, { title: End }]
`,
  });
  const cwd = folder.path;
  const state = join(cwd, '.gameday', 'processes');
  /** Of those that nobody brings back, since gameday did not take them away. */
  const killedByHand = new Set<string>();
  return {
    cwd,
    env: {},
    kinds: KINDS,
    targets: TARGETS,
    meddlings: ['kill', 'kill the keeper of', 'kill the proxy before'],
    begin: async () => {
      killedByHand.clear();
      await servedExit(0, ['chapter', 'next'], { cwd });
    },
    picture: () =>
      pictureOfProcesses(cwd, { 'keeper-1': port + 2, 'web-1': port, 'web-2': port + 1 }),
    lost: () => [...killedByHand],
    meddle: async ({ how, which }: Meddling) => {
      const name = TARGETS[which % TARGETS.length] as string;
      if (how === 'kill') killedByHand.add(name);
      const at =
        how === 'kill the proxy before' ? [join(state, 'proxy'), 'proxy-1'] : [state, name];
      const generation = readStanding(...(at as [string, string]))?.generation;
      const record = how === 'kill the keeper of' ? generation?.keeper : generation?.command;
      if (record && lookAt([record.pid]).get(record.pid)?.identity === record.identity)
        killIfThere(record.pid);
    },
    takeBack: async () => {},
    left: async () => [
      ...marked(cwd).map((pid) => `instance or keeper ${pid}`),
      ...processesIn(join(cwd, '.gameday')),
    ],
    cleanup: () => folder.cleanup(),
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
