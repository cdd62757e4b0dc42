/**
 * The watchdog dies by SIGKILL once in each distinct state that it leaves, while it guards a fault with a limit and
 * measures a workload. Each time the commands must say so, the next one starts it again, and the fault is recovered in the end.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { endOf } from '../../src/impact/windows.ts';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  processStory,
  until,
} from '../commands/cli.ts';
import {
  expectCountedOnce,
  expectWholeJournal,
  isRecovered,
  isRunning,
  killWatchdog,
  runFolder,
  watchdogPid,
  windowsOf,
} from '../commands/watchdog.ts';
import { type HttpServer, startHttpServer } from '../workload/servers.ts';
import { KILLER, learnStates, type State } from './states.ts';

/** Several stacks side by side, since most of the time each of them waits. */
const STACKS = 4;
/** The last one is content with the same events. */
const TRIES = 2;
/** Counted from the intent; a watchdog that dies as it begins is started again before the fault is done. */
const LIMIT = '3s';
/** Longer than the pause between two windows. */
const GAP_MS = 250;
const DEATH_MS = 1000;

interface Stack {
  folder: Folder;
  server: HttpServer;
}

async function makeStack(): Promise<Stack> {
  const server = await startHttpServer();
  const workload = `workload: { kind: http, url: "${server.url}", rate: 40/s }`;
  const folder = makeFolder({
    'gameday.yaml': (await processStory('  - { title: One }', workload))
      .replace(/ {2}keeper:.*\n/, '')
      .replace('replicas: 3', 'replicas: 1'),
  });
  await expectExit(0, ['workload', 'start'], { cwd: folder.path });
  return { folder, server };
}

describe('SIGKILL of the watchdog in every state', function () {
  this.timeout(300_000);
  const stacks: Stack[] = [];

  before(async function () {
    if (process.platform !== 'linux') this.skip();
    stacks.push(...(await Promise.all(Array.from({ length: STACKS }, makeStack))));
  });
  after(() =>
    Promise.all(
      stacks.map(async ({ folder, server }) => {
        await killWatchdog(folder.path);
        await folder.cleanup();
        await server.close();
      }),
    ),
  );

  it('the next command says so and starts it again, the fault is recovered, and nothing is counted twice', async function () {
    const states = await learn(stacks[0] as Stack);
    const left = states.map((state) => ({ state, tries: 0 }));
    const met = new Set<string>();
    const ends = await Promise.allSettled(
      stacks.map(async (stack) => {
        for (let next = left.shift(); next; next = left.shift())
          if (await dieAndGoOn(stack, next.state, next.tries === TRIES - 1))
            met.add(next.state.text);
          else if (++next.tries < TRIES) left.push(next);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    if (this.test)
      this.test.title = `a limit and a workload: ${states.length} states, killed in ${met.size} of them`;
    // Its status, its log, the load and the commands go on side by side, so that the files differ each time.
    // Nor does the command stand at the same place each time: its own steps are killed in a suite of their own.
    const eventsOf = (text: string) => text.split(';')[0];
    const metParts = new Set([...met].map(eventsOf));
    const never = states.filter(({ text }) => !metParts.has(eventsOf(text)));
    expect(never, 'states that were seen and not met again').to.deep.equal([]);
  });
});

/** A fresh watchdog of our making begins with this command, since the one before is dead and the workload needs one. */
const INJECT = [
  'fault',
  'inject',
  'kill',
  'web-1',
  '--countdown',
  '0',
  '--duration',
  LIMIT,
  '--force',
];

/** False where the watchdog met no such state this time. */
async function dieAndGoOn(
  { folder, server }: Stack,
  state: State,
  inPart: boolean,
): Promise<boolean> {
  const at = { cwd: folder.path };
  const where = `died before ${state.step} in the state: ${state.text}`;
  const env = {
    ...killEnv(folder),
    GAMEDAY_KILL_IN: state.text,
    ...(inPart && { GAMEDAY_KILL_PART: '1' }),
  };
  await killWatchdog(folder.path);
  const deadMs = Date.now();
  const faults = () =>
    events(folder.path)
      .filter((event) => event.type === 'fault.injecting')
      .map(({ fault }) => fault as string);
  const before = faults().length;

  const injected = await gameday([...INJECT, '--json'], { ...at, env });
  if (injected.code !== 0)
    expect(injected.json.error.code, `${where}: ${injected.stdout}${injected.stderr}`).to.equal(
      'watchdog_silent',
    );
  const id = faults()[before];
  // Refused before anything was recorded: there was no watchdog to go on with.
  if (id === undefined) expect(injected.code, where).to.equal(4);
  else {
    const list = async () => (await expectExit(0, ['fault', 'list', '--json'], at)).json;
    // Until the new one has written its status, that of the one before says that it is dead.
    const isGone = async () =>
      !isRunning(watchdogPid(folder.path)) && (await list()).watchdog === 'gone';
    const isOver = async () => isRecovered(folder.path, id) || (await isGone());
    await until(`${where}: its death, or the recovery`, isOver);
    // It may yet die of what it does after the recovery.
    const isDead = () => !isRunning(watchdogPid(folder.path));
    await until('its death', isDead, DEATH_MS).catch(() => {});
    if (!isRecovered(folder.path, id))
      expect(
        (await list()).faults.map((fault: any) => fault.id),
        where,
      ).to.deep.equal([id]);
  }
  const wasDead = !isRunning(watchdogPid(folder.path));
  const next = await expectExit(0, ['workload', 'start', '--wait'], at);
  if (wasDead)
    expect(next.stderr, where).to.include('The watchdog of this run was gone; it runs again.');
  if (id !== undefined) await until(`${where}: the recovery`, () => isRecovered(folder.path, id));
  await until(`${where}: measured again`, () =>
    windowsOf(folder.path).some(({ at }) => at > deadMs + GAP_MS),
  );

  expect(pids(folder.path)['web-1'], `${where}: web-1 runs`).to.be.above(0);
  expectWholeJournal(folder.path, where);
  const windows = windowsOf(folder.path);
  expectCountedOnce(windows, server.seen, where);
  const after = windows.find((window) => window.at >= deadMs);
  const last = windows.findLast((window) => endOf(window) <= deadMs + GAP_MS && window !== after);
  expect(
    (after?.at ?? 0) - endOf(last as NonNullable<typeof last>),
    `${where}: the time without a watchdog is a gap`,
  ).to.be.above(GAP_MS / 2);
  return wasDead;
}

/** Reaches the watchdog which a command starts, through the environment. */
const killEnv = (folder: Folder) => ({
  NODE_OPTIONS: `--import=${KILLER}`,
  GAMEDAY_KILL_WATCHDOG: '1',
  GAMEDAY_KILL_SINCE: String(statSync(join(runFolder(folder.path), 'journal.ndjson')).size),
  GAMEDAY_KILL_FOLDER: join(folder.path, '.gameday'),
});

/** The states of a watchdog that nobody kills, from its beginning to the end of the recovery. */
async function learn({ folder }: Stack): Promise<State[]> {
  await killWatchdog(folder.path);
  return learnStates(async (more) => {
    await expectExit(0, INJECT, { cwd: folder.path, env: { ...killEnv(folder), ...more } });
    const { fault } = events(folder.path).findLast((event) => event.type === 'fault.injecting');
    await until('the recovery', () => isRecovered(folder.path, fault));
    // It would go on writing its states down.
    await killWatchdog(folder.path);
  });
}
