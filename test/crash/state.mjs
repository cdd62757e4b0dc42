// What is persisted at this moment, as one line: which events the journal has won since the beginning, which files came or
// went, how the instances stand, and what has been asked of the engine and not answered. No times, sizes or ids, so that two
// runs of one command meet the same states. To ask an engine takes longer than all the rest, and there are fifty boundaries:
// so the instances are read apart, and only where the rest is what is looked for.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const BY_PRODUCTS = /^candidates\/|\/snapshot\.json/;
/** Made once, whenever it is first noted. */
const RECORDS = /\/(environment\.json|(instances|story)\.ndjson)/;
const WATCHDOGS = /\/(watchdog|workload|read-back|samples|probes)\b/;

/**
 * `folder`: the state folder. `engine`: `project`: of Compose; `swarm`: a stack, and the sockets of the nodes; `kubernetes`: a namespace, and
 * the socket of a kubectl proxy; without them the process engine is read from its records. `rest` returns what there is but for the instances.
 */
export function observer({ folder, engine, underWay, ...which }) {
  const askEngine = Object.values(engine).some(Boolean)
    ? engineReader(engine)
    : processReader(join(folder, 'processes'));
  const begun = { files: readFiles(folder), journal: currentJournal(folder) };
  // A watchdog begins while a command writes; its events are counted from before that command.
  const since = process.env.GAMEDAY_KILL_SINCE;
  begun.length = since ? Number(since) : begun.journal ? readFileSync(begun.journal).length : 0;
  return {
    rest: () => ({
      journal: readEvents(folder, begun).join(' ') || '-',
      files: changes(begun.files, readFiles(folder), which).join(' ') || '-',
      asked: [...underWay],
    }),
    instances: () => counted(askEngine()),
  };
}

export function textOf({ journal, files, asked }, instances) {
  return [
    `journal ${journal}`,
    `files ${files}`,
    `instances ${instances}`,
    ...asked.map((what) => `asked ${what}`),
  ].join('; ');
}

function counted(states) {
  const counts = new Map();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    [...counts]
      .map(([state, count]) => `${count} ${state}`)
      .sort()
      .join(', ') || '-'
  );
}

function currentJournal(folder) {
  const run = read(join(folder, 'current'))?.trim();
  return run ? join(folder, 'runs', run, 'journal.ndjson') : null;
}

function readEvents(folder, begun) {
  const journal = currentJournal(folder);
  const text = (journal && read(journal)) ?? '';
  const from = journal === begun.journal ? begun.length : 0;
  return Buffer.from(text).subarray(from).toString().split('\n').filter(Boolean).map(eventOf);
}

/** With what tells it from others of its type, so that the same text of two commands is the same state. */
function eventOf(line) {
  try {
    const { type, kind, chapter } = JSON.parse(line);
    if (type === 'fault.injecting') return `${type}(${kind})`;
    return type === 'chapter.entering' ? `${type}(${chapter})` : type;
  } catch {
    return 'torn';
  }
}

/** Path -> whether it holds anything. Logs grow at any time, and a lock's file is there from its first use on, empty.  Ids of processes and of runs are left out; the processes have an answer of their own. */
function readFiles(folder) {
  const found = new Map();
  const walk = (path, name) => {
    for (const entry of list(path)) {
      const inner = join(path, entry.name);
      const innerName = `${name}${entry.name.replace(/\.\d+$/, '.PID')}`;
      if (entry.isDirectory()) {
        if (name !== 'processes/') walk(inner, `${innerName}/`);
      } else if (!/\.(log|lock)$/.test(innerName)) found.set(innerName, fullness(inner));
    }
  };
  walk(folder, '');
  return found;
}

/**
 * A holder's hint is blank, not empty, when nobody holds the run. No other file is opened: to close a lock's file would let
 * go of the lock that the observed process holds.
 */
function fullness(path) {
  if (path.endsWith('/holder.json')) return read(path)?.trim() ? 'full' : 'empty';
  return statSync(path, { throwIfNoEntry: false })?.size ? 'full' : 'empty';
}

/**
 * By-products (TAB's lists, the snapshot) are the same in every transition and told apart only where that is asked for; then
 * TAB's lists are one thing, since which of them are written depends on what was looked at before. The files of the watchdog
 * are its own to write, at any time; of a watchdog they alone are looked at, since commands write the others meanwhile.
 */
function changes(before, now, { withByProducts, withWatchdog }) {
  const rest = [];
  const lists = [];
  for (const change of changedNames(before, now)) {
    const name = change.slice(1);
    if (withWatchdog !== WATCHDOGS.test(name)) continue;
    if (RECORDS.test(name)) continue;
    if (!BY_PRODUCTS.test(name)) rest.push(change);
    else if (withByProducts) (name.startsWith('candidates/') ? lists : rest).push(change);
  }
  if (lists.some((change) => change.includes('.tmp'))) rest.push('+candidates/.tmp');
  else if (lists.length > 0) rest.push('+candidates');
  return rest;
}

function changedNames(before, now) {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), now.get(name)];
    if (was === is) return [];
    return is === undefined ? `-${name}` : `+${name}${is === 'empty' ? ' (empty)' : ''}`;
  });
}

/** Each instance of the process engine by its newest start: what its process does, and what stands on record of it. */
function processReader(folder) {
  const begun = new Map();
  readProcesses(folder, (name, run, isAsked) => begun.set(name, { run, isAsked }));
  return () =>
    readProcesses(folder, (name, run, isAsked) => {
      const was = begun.get(name);
      const isAnew = was !== undefined && was.run !== run;
      // A command that was killed before this one may have asked for an end that never came.
      return { isAnew, isAsked: isAsked && (isAnew || !was?.isAsked) };
    });
}

/** `changed`: what is new of an instance whose newest start is this, and what was so before. */
function readProcesses(folder, changed) {
  return list(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const starts = list(join(folder, name)).filter((entry) => entry.isDirectory());
      const newest = starts.sort(
        (a, b) => Number.parseInt(b.name, 10) - Number.parseInt(a.name, 10),
      )[0];
      if (!newest) return 'not started';
      const path = join(folder, name, newest.name);
      const files = new Set(list(path).map((entry) => entry.name));
      const run = Math.max(
        0,
        ...[...files].flatMap((file) =>
          file.endsWith('.command') ? Number.parseInt(file, 10) : [],
        ),
      );
      const since = changed(name, `${newest.name} ${run}`, files.has(`${run}.asked`));
      return [
        ...(since.isAnew && run > 0 ? ['anew'] : []),
        run === 0 ? 'starting' : stateOf(read(join(path, `${run}.command`)) ?? ''),
        ...(files.has('permit') ? [] : ['not permitted']),
        ...(since.isAsked ? ['asked to end'] : []),
        ...(files.has(`${run}.exit`) ? ['exit recorded'] : []),
        ...(starts.length > 1 ? [`of ${starts.length} starts`] : []),
      ].join(' and ');
    });
}

function stateOf(record) {
  const [pid, , stat] = record.split('\n');
  const fields = (line) => line.slice(line.lastIndexOf(')') + 2).split(' ');
  const now = read(`/proc/${pid}/stat`);
  if (now === null || fields(now)[19] !== fields(stat ?? '')[19]) return 'dead';
  const letter = fields(now)[0];
  return letter === 'T' ? 'frozen' : letter === 'Z' || letter === 'X' ? 'dead' : 'running';
}

/** It tells nothing of a container that it is just starting, which takes long on a busy machine. */
const ANSWER_MS = 60_000;

/** Asked in a thread of its own, since the process that is observed stands still meanwhile. */
function engineReader(engine) {
  const shared = new SharedArrayBuffer(1 << 16);
  const [turn, bytes] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, 8)];
  const socketPath = process.env.DOCKER_HOST?.replace('unix://', '');
  const data = { shared, socketPath, ...engine };
  const worker = new Worker(new URL('./engine-reader.mjs', import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  worker.unref();
  const ask = () => {
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);
    if (Atomics.wait(turn, 0, 1, ANSWER_MS) === 'timed-out')
      throw new Error('the engine does not answer');
    return JSON.parse(Buffer.from(bytes.subarray(0, turn[1])).toString());
  };
  // What began anew is told from how they stood in the beginning.
  ask();
  return ask;
}

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

function list(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
