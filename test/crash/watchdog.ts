/**
 * The watchdog dies by SIGKILL before each of its own steps, one after the other, while it guards a fault with a limit and
 * measures a workload. Each time the commands must say so, the next one starts it again, and the fault is recovered in the end.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  watchdogPid,
  windowsOf,
} from '../commands/watchdog.ts';
import { type HttpServer, startHttpServer } from '../workload/servers.ts';

const KILLER = fileURLToPath(new URL('./watchdog-killer.mjs', import.meta.url));
/** Several stacks side by side, since most of the time each of them waits. */
const STACKS = 4;
const LIMIT = '1200ms';
/** Longer than the pause between two windows. */
const GAP_MS = 250;

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

/** `share`: of the steps, those whose number leaves this rest when divided by so many; several files share the work. */
export function watchdogCrashSuite(
  kind: 'pause' | 'kill',
  share: { rest: number; of: number },
): void {
  describe(`SIGKILL of the watchdog at every step: ${kind}, part ${share.rest + 1} of ${share.of}`, function () {
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

    it('the next command says so and starts it again, the fault is recovered, and nothing is counted twice', async () => {
      const steps = await countSteps(stacks[0] as Stack, kind);
      const left = steps
        .map((step, index) => ({ step, killAt: index + 1 }))
        .filter(({ killAt }) => killAt % share.of === share.rest);
      const ends = await Promise.allSettled(
        stacks.map(async (stack) => {
          for (let next = left.pop(); next; next = left.pop())
            await dieAndGoOn(
              stack,
              kind,
              next.killAt,
              `died before step ${next.killAt} (${next.step})`,
            );
        }),
      );
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    });
  });
}

/** A fresh watchdog of our making begins with this command, since the one before is dead and the workload needs one. */
const inject = (kind: string) => [
  'fault',
  'inject',
  kind,
  'web-1',
  '--countdown',
  '0',
  '--duration',
  LIMIT,
  '--force',
];

async function dieAndGoOn(
  { folder, server }: Stack,
  kind: string,
  killAt: number,
  where: string,
): Promise<void> {
  const at = { cwd: folder.path };
  const env = {
    NODE_OPTIONS: `--import=${KILLER}`,
    GAMEDAY_KILL_AT: String(killAt),
    GAMEDAY_KILL_RARELY: 'samples.ndjson',
  };
  await killWatchdog(folder.path);
  const deadMs = Date.now();
  const faults = () =>
    events(folder.path)
      .filter((event) => event.type === 'fault.injecting')
      .map(({ fault }) => fault as string);
  const before = faults().length;

  const injected = await gameday([...inject(kind), '--json'], { ...at, env });
  if (injected.code !== 0)
    expect(injected.json.error.code, `${where}: ${injected.stdout}${injected.stderr}`).to.equal(
      'watchdog_silent',
    );
  const id = faults()[before];
  // Refused before anything was recorded: there was no watchdog to go on with.
  if (id === undefined) expect(injected.code, where).to.equal(4);
  else {
    const isOver = () => isRecovered(folder.path, id) || !isRunning(watchdogPid(folder.path));
    await until(`${where}: its death, or the recovery`, isOver);
    if (!isRecovered(folder.path, id)) {
      const listed = await expectExit(0, ['fault', 'list', '--json'], at);
      expect(
        listed.json.faults.map((fault: any) => fault.id),
        where,
      ).to.deep.equal([id]);
      expect(listed.json.watchdog, where).to.equal('gone');
    }
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
}

/** The steps of a watchdog that nobody kills, from its beginning to the end of the recovery. */
async function countSteps({ folder }: Stack, kind: string): Promise<string[]> {
  const own = mkdtempSync(join(tmpdir(), 'gameday-steps-'));
  try {
    await killWatchdog(folder.path);
    const file = join(own, 'steps');
    const env = {
      NODE_OPTIONS: `--import=${KILLER}`,
      GAMEDAY_COUNT_FILE: file,
      GAMEDAY_KILL_RARELY: 'samples.ndjson',
    };
    await expectExit(0, inject(kind), { cwd: folder.path, env });
    const { fault } = events(folder.path).findLast((event) => event.type === 'fault.injecting');
    await until('the recovery', () => isRecovered(folder.path, fault));
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } finally {
    rmSync(own, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }); // The watchdog may still be counting.
  }
}
