/** Runs for the journal's tests: bodies of events that fit the run so far, made from arbitrary numbers, and folders that clean up after themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Instance, NOTHING_KNOWN } from '../../src/fault/instance.ts';
import type { ProbeImpact } from '../../src/impact/probe-impact.ts';
import type { Verified } from '../../src/impact/verified.ts';
import type { Journal } from '../../src/journal/index.ts';
import { lockRun } from '../../src/journal/index.ts';
import type { Event, EventBody } from '../../src/run/events.ts';
import { fold } from '../../src/run/fold.ts';
import { liveFaults, type Run } from '../../src/run/run.ts';

export const START: Parameters<Journal['begin']>[0] = {
  gameday: '0.0.0',
  story: {
    name: 'sample',
    path: null,
    digest: '0123456789abcdef',
    chapters: ['one', 'two', 'three'].map((id) => ({ id, title: id })),
  },
  engine: { kind: 'process', project: 'sample', spec: null, identity: null },
};

export function instance(number: number): Instance {
  return {
    id: `web-${number}`,
    name: `sample-web-${number}`,
    project: 'sample',
    service: 'web',
    number,
    state: 'running',
    health: 'healthy',
    ...NOTHING_KNOWN,
    incarnation: '2026-11-24T12:00:00.000Z',
    started_at: '2026-11-24T12:00:00.000Z',
    record: {},
    untouchable: null,
  };
}

const SEEN: ProbeImpact = {
  probe: 'checkout',
  noticed_after_ms: 12,
  not_met_ms: 2100,
  not_looked_ms: 0,
  state: 'met',
};

export function injecting(run: Run): EventBody {
  const fault = `f${run.fault_count + 1}`;
  return {
    type: 'fault.injecting',
    fault,
    kind: 'kill',
    params: {},
    effects: [{ target: instance(run.fault_count + 1), effect: { on: 'lifecycle', to: 'killed' } }],
    before: [{ id: 'web-1', service: 'web', number: 1 }],
    words: { doing: 'killing', done: 'killed', undo: 'restart' },
    engine_time: '2026-11-24T12:00:00.000Z',
    deadline: null,
    chapter: null,
    seed: 7,
    watched: ['checkout'],
  };
}

/** An event that any run may take at any time, of about `size` bytes. */
export function note(text = 'seen', size = 0): EventBody {
  return {
    type: 'action.done',
    chapter: 'one',
    index: 0,
    action: 0,
    found: { found: text, data: '.'.repeat(size) },
  };
}

/** What a step of a made-up command becomes depends on the run that it meets. */
export interface Choice {
  event: number;
  which: number;
  text: string;
  data: fc.JsonValue;
}

export const choices = (maxLength: number) =>
  fc.array(
    fc.record({
      event: fc.nat(18),
      which: fc.nat(99),
      text: fc.string({ unit: 'binary', maxLength: 30 }),
      data: fc.jsonValue(),
    }),
    {
      maxLength,
    },
  );

export function bodyFor(run: Run, { event, which, text, data }: Choice): EventBody {
  const index = which % 3;
  const chapter = { chapter: ['one', 'two', 'three'][index] as string, index };
  const live = liveFaults(run);
  const fault = live[which % Math.max(1, live.length)]?.id;
  if (fault === undefined || event > 9) return injectOrElse(run, event, which, text);
  const bodies: EventBody[] = [
    { type: 'chapter.entering', ...chapter, cause: 'next' },
    { type: 'action.done', ...chapter, action: which, found: { found: text, data } },
    { type: 'chapter.entered', ...chapter },
    { type: 'chapter.failed', ...chapter, action: which, code: 'no_target', message: text },
    { type: 'chapter.cancelled', ...chapter, reason: text },
    { type: 'chapter.left', ...chapter, to: index - 1 },
    { type: 'fault.injected', fault, took_ms: which, targets: [instance(which)] },
    { type: 'fault.recovering', fault, by: 'watchdog' },
    { type: 'fault.unverified', fault, reason: text },
    {
      type: 'fault.recovered',
      fault,
      outcome: 'verified',
      reason: text,
      took_ms: which,
      probes: [SEEN],
    },
  ];
  return bodies[event] as EventBody;
}

function injectOrElse(run: Run, event: number, which: number, text: string): EventBody {
  if (event === 11)
    return { type: 'workload.started', kind: 'http', simulated: false, baseline: which };
  if (event === 12) return { type: 'workload.stopped', reason: text };
  if (event === 13)
    return {
      type: (['stack.starting', 'stack.started', 'stack.stopping', 'stack.stopped'] as const)[
        which % 4
      ] as 'stack.starting',
    };
  if (event === 14) return { type: 'run.finished' };
  if (event === 15)
    return {
      type: 'stack.marked',
      because: which % 2 ? 'run' : 'fault',
      logs: text,
      restarts: { 'web-1': which },
    };
  if (event === 16)
    return {
      type: 'run.aborted',
      condition: text,
      measured: text,
      value: which,
      faults: ['f1'],
      by: which % 2 ? 'command' : 'watchdog',
    };
  if (event === 17) return { type: 'run.abort_told' };
  if (event === 18) return { type: 'workload.verified', verified: verified(which) };
  return injecting(run);
}

function verified(count: number): Verified {
  const named = { count, keys: count === 0 ? [] : [count] };
  const none = { count: 0, keys: [] };
  return {
    acknowledged: 99,
    keys: 9,
    lost: named,
    stale: none,
    foreign: none,
    unreadable: none,
    since: '2026-11-24T12:00:00.000Z',
    incomplete: false,
  };
}

/** The runs after each event, from the first. */
export function foldAll(events: Iterable<Event>): Run[] {
  const runs: Run[] = [];
  for (const event of events) runs.push(fold(runs.at(-1) ?? null, event));
  return runs;
}

/** A new state folder's path, in a folder that is removed after `work`, also when that fails. */
export async function inFolder<T>(work: (stateDir: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-journal-'));
  try {
    return await work(join(folder, '.gameday'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function lock(
  stateDir: string,
  options: Partial<Parameters<typeof lockRun>[1]> = {},
): Promise<Journal> {
  return lockRun(stateDir, { command: 'test', waitMs: 0, ...options });
}

/** Locks, works and releases, whatever happens. */
export async function session<T>(stateDir: string, work: (journal: Journal) => T): Promise<T> {
  const journal = await lock(stateDir);
  try {
    return work(journal);
  } finally {
    journal.release();
  }
}

/** A run of so many events, and the events. */
export async function makeRun(stateDir: string, events: number): Promise<Event[]> {
  return await session(stateDir, (journal) => {
    const written = [journal.begin(START)];
    while (written.length < events) {
      const run = journal.run as Run;
      const live = liveFaults(run)[0];
      const body: EventBody =
        written.length % 3 === 1
          ? injecting(run)
          : live && written.length % 3 === 2
            ? { type: 'fault.recovering', fault: live.id, by: 'command' }
            : live
              ? {
                  type: 'fault.recovered',
                  fault: live.id,
                  outcome: 'verified',
                  reason: 'ja, wirklich: ✓',
                  took_ms: 12,
                }
              : note();
      written.push(journal.append(body));
    }
    return written;
  });
}

/** What `work` throws; an error of its own when it throws nothing. */
export async function failure(
  work: () => unknown,
): Promise<Error & { code?: string; next?: string }> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
