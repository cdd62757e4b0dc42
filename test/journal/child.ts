/** What the journal's tests do in processes of their own: `node child.ts MODE STATE_DIR …`. Says what it did on stdout, one line each. */
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isLockHeld, type Journal, lockRun, readRun } from '../../src/journal/index.ts';
import type { Run } from '../../src/run/run.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { injecting, note, START } from './sample.ts';

const [mode = '', stateDir = '', ...rest] = process.argv.slice(2);
const lock = (waitMs = 0) => lockRun(stateDir, { command: `child ${mode}`, waitMs });
/** Not through the stream: what was said must be out when the process is killed. */
const say = (line: string) => writeSync(1, `${line}\n`);

function outcome(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

async function outcomeOf(work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work();
    return { code: 'done' };
  } catch (error) {
    return error instanceof Refusal
      ? { code: error.code, message: error.message, next: error.next }
      : { code: String(error) };
  }
}

const MODES: Record<string, () => Promise<void>> = {
  /** Waits for a line, tries to take the lock, and holds it until stdin ends. */
  async hold() {
    say('ready');
    await once(process.stdin, 'data');
    let journal: Journal | null = null;
    try {
      journal = await lock();
      say('held');
    } catch (error) {
      say((error as Refusal).code);
    }
    await once(process.stdin, 'end');
    journal?.release();
    say('ended');
  },

  /** So many transitions of one event each; `waitMs` for each of them. */
  async append() {
    const [times = '1', waitMs = '0'] = rest;
    for (let i = 0; i < Number(times); i++) {
      const journal = await lock(Number(waitMs));
      if (journal.run) journal.append(note());
      else journal.begin(START);
      journal.release();
    }
    say('done');
  },

  /** Appends until it is killed, with a new run now and then, and says what has been acknowledged. */
  async loop() {
    const journal = await lock();
    for (let i = 0; ; i++) {
      if (!journal.run || i % 40 === 39) journal.begin(START);
      else journal.append(note('kept', (i * 37) % 500));
      const { id, seq } = journal.run as Run;
      say(`${id} ${seq}`);
    }
  },

  /** As an ordinary user: `lockRun`, `readRun` and how they end. */
  async unprivileged() {
    if (process.getuid?.() === 0) {
      process.setgroups?.([]);
      process.setgid?.(65534);
      process.setuid?.(65534);
    }
    const locked = await outcomeOf(async () => (await lock()).release());
    const read = await outcomeOf(async () =>
      say(JSON.stringify({ seq: readRun(stateDir).run?.seq ?? null })),
    );
    say(JSON.stringify({ locked, read }));
  },

  async umask() {
    process.umask(Number(rest[0]));
    const journal = await lock();
    journal.begin(START);
    journal.append(injecting(journal.run as Run));
    journal.release();
  },

  /** On a file system of its own, which it fills. Says one object: step -> how it ended. */
  async full() {
    const report: Record<string, unknown> = {};
    const filler = join(stateDir, '..', 'filler');
    let journal = await lock();
    journal.begin(START);
    const folder = join(stateDir, 'runs', 'r1');
    const file = join(folder, 'journal.ndjson');
    journal.append(injecting(journal.run as Run));
    fill(filler);
    report.notes = untilRefused(journal);
    const before = readFileSync(file);
    report.refused = await outcomeOf(async () => journal.append(note('x', 9000)));
    report.untouched =
      before.at(-1) === 10 &&
      before.equals(readFileSync(file)) &&
      journal.run?.seq === before.toString().split('\n').length - 1;
    report.recovering = outcome(() =>
      journal.append({ type: 'fault.recovering', fault: 'f1', by: 'command' }),
    );
    report.recovered = outcome(() =>
      journal.append({
        type: 'fault.recovered',
        fault: 'f1',
        outcome: 'verified',
        reason: 'x',
        took_ms: 1,
      }),
    );
    report.spent = statSync(join(folder, 'reserve')).size < 16384;
    const { seq } = journal.run as Run;
    fill(filler);
    report['next fault'] = outcome(() => journal.append(injecting(journal.run as Run)));
    report['next run'] = outcome(() => journal.begin(START));
    report.runs = readdirSync(join(stateDir, 'runs'));
    journal.release();
    report.read = readRun(stateDir).run?.seq === seq;
    journal = await lock();
    report['locked again'] = isLockHeld(join(stateDir, 'lock'));
    rmSync(filler);
    report['fault with room'] = outcome(() => journal.append(injecting(journal.run as Run)));
    report['reserve with room'] = statSync(join(folder, 'reserve')).size;
    report['run with room'] = outcome(() => journal.begin(START));
    journal.release();
    const { run, warnings } = readRun(stateDir);
    say(
      JSON.stringify({
        ...report,
        'at last': run?.id,
        warnings,
        tmp: readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      }),
    );
  },

  /** On a file system that is read-only by now. */
  async readOnly() {
    mkdirSync(join(stateDir, '..'), { recursive: true });
    say(
      JSON.stringify({
        locked: await outcomeOf(lock),
        read: readRun(stateDir).run?.seq ?? null,
        made: existsSync(join(stateDir, 'holder.json')),
      }),
    );
  },

  /** With a module loader that warns as node 22 does. */
  async warns() {
    const load = process.getBuiltinModule;
    process.getBuiltinModule = ((id: 'node:sqlite') => {
      process.emitWarning(
        'SQLite is an experimental feature and might change at any time',
        'ExperimentalWarning',
      );
      process.emitWarning('something else');
      return load(id);
    }) as typeof load;
    (await lock()).release();
  },
};

function fill(path: string): void {
  for (let size = 4096; size >= 1; size = size > 1 ? size >> 1 : 0)
    while (outcome(() => writeFileSync(path, '.'.repeat(size), { flag: 'a' })) === 'done');
}

/** Small events fit into what is left of the last block. */
function untilRefused(journal: Journal): string {
  for (;;) {
    const end = outcome(() => journal.append(note('fits')));
    if (end !== 'done') return end;
  }
}

await MODES[mode]?.();
