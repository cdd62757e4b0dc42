/**
 * What is on disk of the processes, and what the system says of them, as one plain answer: where each instance stands.
 * A folder an instance, in it a folder a generation (`3.9f2c01ab`: the third start that was asked for). Reading changes
 * nothing and needs no lock. Lacks on purpose: environment values and command lines; these stay in the story.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Instance } from '../../fault/instance.ts';
import { isAlive, lookAt, parseIdentity } from '../../system/process-table.ts';

export interface ProcessRecord {
  pid: number;
  identity: string;
}

export interface Generation {
  /** Absolute. */
  folder: string;
  order: number;
  /** False once somebody asked it to stop: then nothing is started in it any more. */
  permitted: boolean;
  keeper: (ProcessRecord & { restart: string }) | null;
  /** The newest time the command ran: from 1; null while it never did. */
  command: (ProcessRecord & { run: number; started_at: string }) | null;
  exit: { code: number; finished_at: string } | null;
}

export interface Standing {
  id: string;
  service: string;
  number: number;
  folder: string;
  /** The newest one in which the command ever ran. */
  generation: Generation | null;
  /** What a crash of the CLI left, or a start that is under way: no command yet, or one that a later start has replaced. */
  others: Generation[];
  state: Extract<Instance['state'], 'running' | 'paused' | 'restarting' | 'exited' | 'created'>;
  /** `ours`: the command is alive and proven to be ours; `foreign`: its pid has passed to somebody else; `gone`: nobody bears it. */
  bearer: 'ours' | 'foreign' | 'gone';
  keeperAlive: boolean;
}

/** Every instance that has a folder, ordered by service and number; with `only`, that one. An empty list where there is no folder. */
export function readStandings(stateDir: string, only?: string): Standing[] {
  const found = folders(stateDir).flatMap((id) => {
    const [, service, number] = /^(.+)-(\d+)$/.exec(id) ?? [];
    if (service === undefined || (only !== undefined && only !== id)) return [];
    const folder = join(stateDir, id);
    return [{ id, service, number: Number(number), folder, generations: readGenerations(folder) }];
  });
  // One look at all: on macOS each look is a run of `ps`.
  const looks = lookAt(
    found.flatMap(({ generations }) =>
      generations.flatMap(({ keeper, command }) =>
        [keeper, command].flatMap((record) => record?.pid ?? []),
      ),
    ),
  );
  const bearerOf = (record: ProcessRecord | null): Standing['bearer'] => {
    const look = record === null ? undefined : looks.get(record.pid);
    if (!isAlive(look)) return 'gone';
    return look.identity === record?.identity ? 'ours' : 'foreign';
  };
  const standings = found.map(({ generations, ...instance }): Standing => {
    const generation = generations.find(({ command }) => command !== null) ?? null;
    const others = generations.filter((each) => each !== generation);
    const keeperAlive = bearerOf(generation?.keeper ?? null) === 'ours';
    const bearer = generation?.exit ? 'gone' : bearerOf(generation?.command ?? null);
    const letter = looks.get(generation?.command?.pid ?? 0)?.letter;
    const state = stateOf(generation, bearer, keeperAlive, letter);
    return { ...instance, generation, others, state, bearer, keeperAlive };
  });
  return standings.sort((a, b) =>
    a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1,
  );
}

export function readStanding(stateDir: string, id: string): Standing | null {
  return readStandings(stateDir, id)[0] ?? null;
}

function stateOf(
  generation: Generation | null,
  bearer: Standing['bearer'],
  keeperAlive: boolean,
  letter: string | undefined,
): Standing['state'] {
  if (generation === null) return 'created';
  if (bearer === 'ours') return letter === 'T' ? 'paused' : 'running';
  return keeperAlive && generation.permitted && generation.keeper?.restart === 'always'
    ? 'restarting'
    : 'exited';
}

/** Takes away the permit: the restart policy no longer acts, and a start that is under way comes to nothing. */
export function revoke(generation: Generation): void {
  rmSync(join(generation.folder, 'permit'), { force: true });
}

/**
 * Says that the command is about to be ended on purpose: its keeper then waits for the permit to be taken away before it
 * calls the end a crash. If we die in between, the restart policy acts as if nothing had been asked.
 */
export function askToEnd({ folder, command }: Generation): void {
  try {
    writeFileSync(join(folder, `${command?.run}.asked`), '', { mode: 0o600 });
  } catch {
    // A full disk must not keep anything alive. Taking the permit away is then a race, which we win by 100 ms.
  }
}

/** A keeper that is just ending may still write into the folder; hence the tries. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}

/** Where the next generation goes; its folder is not made yet. */
export function nextGeneration(instanceFolder: string): string {
  const order =
    Math.max(0, ...folders(instanceFolder).map((name) => Number.parseInt(name, 10) || 0)) + 1;
  return join(instanceFolder, `${order}.${randomBytes(4).toString('hex')}`);
}

/** Newest first. */
function readGenerations(instanceFolder: string): Generation[] {
  const generations = folders(instanceFolder).flatMap(
    (name) => readGeneration(join(instanceFolder, name)) ?? [],
  );
  return generations.sort((a, b) => b.order - a.order);
}

/** Null where it has been removed. */
export function readGeneration(folder: string): Generation | null {
  const names = new Set(list(folder).map(({ name }) => name));
  if (names.size === 0 && !exists(folder)) return null;
  const order = Number.parseInt(basename(folder), 10);
  const generation: Generation = {
    folder,
    order,
    permitted: names.has('permit'),
    keeper: null,
    command: null,
    exit: null,
  };
  const keeper = readRecord(join(folder, 'keeper'));
  if (keeper)
    generation.keeper = { pid: keeper.pid, identity: keeper.identity, restart: keeper.rest };
  const runs = [...names]
    .flatMap((name) => (name.endsWith('.command') ? Number.parseInt(name, 10) : []))
    .sort((a, b) => b - a);
  for (const run of runs) {
    const path = join(folder, `${run}.command`);
    const record = readRecord(path);
    if (record === null) continue;
    generation.command = { pid: record.pid, identity: record.identity, run, started_at: record.at };
    const exit = readWhole(join(folder, `${run}.exit`));
    if (exit) generation.exit = { code: Number(exit.text), finished_at: exit.at };
    break;
  }
  return generation;
}

function readRecord(path: string): (ProcessRecord & { rest: string; at: string }) | null {
  const whole = readWhole(path);
  if (whole === null) return null;
  const [pid, boot, start, rest] = whole.text.split('\n');
  if (rest === undefined) return null;
  return {
    pid: Number(pid),
    identity: parseIdentity(boot as string, start as string),
    rest,
    at: whole.at,
  };
}

/** A file that is being written counts as not there: whoever writes it has not looked at the permit yet. */
function readWhole(path: string): { text: string; at: string } | null {
  try {
    const text = readFileSync(path, 'latin1');
    if (!text.endsWith('\n')) return null;
    return { text: text.slice(0, -1), at: statSync(path).mtime.toISOString() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function folders(path: string): string[] {
  return list(path).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
}

function list(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
