/** The watchdog's loop against ports of memory: what the real ones cannot be made to do at will, a disk that fails at a moment of ours. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fault, Run } from '../../src/run/run.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import type { WatchdogPorts } from '../../src/watchdog/ports.ts';
import { watch } from '../../src/watchdog/watch.ts';

function runWith(faults: Fault[]): Run {
  return {
    seq: 2,
    finished_at: null,
    workload: null,
    watched: [],
    changed_at: new Date().toISOString(),
    faults,
    schedules: [],
  } as unknown as Run;
}

const idle: Omit<WatchdogPorts, 'readRun' | 'changed' | 'now' | 'elapsed' | 'log'> = {
  announce: () => {},
  setLoad: async () => {},
  setProbes: () => {},
  awaitsAlert: () => false,
  revert: async () => {},
  recover: async () => {},
  isHeld: () => false,
  abortDue: () => null,
  isHalted: () => false,
  halt: async () => {},
  abort: async () => {},
  turn: async () => '',
  endSchedule: async () => {},
  stopWorkload: async () => {},
};

describe('watchdog', () => {
  it('ends a fault in time though its files can be neither written nor read any more', async () => {
    const now = Date.now();
    const at = (ms: number) => new Date(now + ms).toISOString();
    const fault = {
      id: 'f1',
      phase: 'injected',
      injecting_at: at(0),
      deadline: at(50),
      targets: [],
    } as unknown as Fault;
    const done: string[] = [];
    const logged: string[] = [];
    let looks = 0;
    let over = false;
    const ports: WatchdogPorts = {
      ...idle,
      readRun: () => {
        if (over) return null;
        if (++looks > 1) throw new Error('the disk cannot be read');
        return runWith([fault]);
      },
      announce: () => {
        throw new Error('the disk is full');
      },
      revert: async ({ id }) => void done.push(`revert ${id}`),
      recover: async ({ id }) => {
        done.push(`recover ${id}`);
        over = true;
      },
      changed: (withinMs) => new Promise((resolve) => setTimeout(resolve, Math.min(withinMs, 20))),
      now: () => Date.now(),
      elapsed: () => performance.now(),
      log: (text) => void logged.push(text),
    };
    expect(await watch(ports, new AbortController().signal)).to.equal('the run is over');
    expect(done).to.deep.equal(['revert f1', 'recover f1']);
    expect(logged.filter((line) => line.startsWith('the disk'))).to.deep.equal([
      'the disk is full',
      'the disk cannot be read',
    ]);
  });

  /** Nothing to guard and no workload; its clock runs fast, so that it is idle soon. */
  function idlePorts(patch: Partial<WatchdogPorts>): WatchdogPorts {
    let elapsed = 0;
    return {
      ...idle,
      readRun: () => runWith([]),
      changed: () => new Promise((resolve) => setTimeout(resolve, 1)),
      now: () => Date.now(),
      elapsed: () => (elapsed += 500),
      log: () => {},
      ...patch,
    };
  }

  it('does not end for want of work while what the load wrote is being read back', async () => {
    let looks = 0;
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    const ports = idlePorts({
      setLoad: () => {
        if (++looks === 60) read();
        return reading;
      },
    });
    expect(await watch(ports, new AbortController().signal)).to.equal(
      'nothing is live and nothing is measured',
    );
    expect(looks).to.be.greaterThan(60);
  });

  it('goes on with its work while the load that nobody came back to is being stopped', async () => {
    const forgotten = {
      ...runWith([]),
      changed_at: new Date(0).toISOString(),
      workload: { kind: 'http' },
    } as Run;
    let run: Run = forgotten;
    let stopped = () => {};
    const ended = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    let asked = 0;
    let looks = 0;
    const ports = idlePorts({
      readRun: () => run,
      stopWorkload: () => {
        asked++;
        return ended;
      },
      setLoad: async () => {
        if (++looks < 20) return;
        run = runWith([]);
        stopped();
      },
    });
    expect(await watch(ports, new AbortController().signal)).to.equal(
      'nothing is live and nothing is measured',
    );
    expect(asked, 'once').to.equal(1);
  });

  it('never carries the load of a command in the foreground that was killed, and has its end written down, however often that fails', async () => {
    const load = { kind: 'http', started_at: 'then' };
    let run = { ...runWith([]), workload: { ...load, foreground: true } } as unknown as Run;
    const asked: string[][] = [];
    const carried: (string | undefined)[] = [];
    const logged: string[] = [];
    const ports = idlePorts({
      readRun: () => run,
      stopWorkload: async (...wanted) => {
        asked.push(wanted);
        if (asked.length === 1) throw new Error('the disk is full.');
        run = runWith([]);
      },
      setLoad: async (workload) => void carried.push(workload?.started_at),
      log: (text) => void logged.push(text),
    });
    expect(await watch(ports, new AbortController().signal)).to.equal(
      'nothing is live and nothing is measured',
    );
    const wanted = ['then', 'the command that carried it was gone'];
    expect(asked).to.deep.equal([wanted, wanted]);
    expect([...new Set(carried)]).to.deep.equal([undefined]);
    expect(logged).to.deep.equal(['workload: the disk is full. Next try in 1 s.']);
  });
});

describe('watchdog: turns of a schedule', () => {
  const START_MS = Date.parse('2026-11-29T09:00:00.000Z');
  const iso = (ms: number) => new Date(START_MS + ms).toISOString();

  /** Time passes only while it waits, from the moment at which the first turn has been taken; each fault is over after 4 s. */
  async function play(
    patch: {
      held?: (elapsedMs: number) => boolean;
      /** What a turn throws; null: it goes well. */
      fails?: (turn: number) => Error | null;
      halted?: (elapsedMs: number) => boolean;
      wallMs?: (elapsedMs: number) => number;
    } = {},
  ) {
    let elapsed = 0;
    let schedule = {
      ...{ id: 's1', every_ms: 10_000, jitter_ms: 0, for_ms: 45_000, seed: 1, turns: 1 },
      ...{ ends_at: iso(45_000), next_at: iso(10_000), ended: null as unknown },
    };
    let faults: (Fault & { seedMs: number })[] = [];
    const done: string[] = [];
    const logged: string[] = [];
    const wall = () => START_MS + (patch.wallMs ?? ((ms: number) => ms))(elapsed);
    const ports: WatchdogPorts = {
      ...idle,
      readRun: () => {
        for (const fault of faults) if (fault.seedMs <= elapsed - 4000) fault.phase = 'recovered';
        return { ...runWith(faults), schedules: [schedule] } as unknown as Run;
      },
      isHeld: () => patch.held?.(elapsed) ?? false,
      isHalted: () => patch.halted?.(elapsed) ?? false,
      halt: async () => {
        done.push(`halt at ${elapsed}`);
        schedule = { ...schedule, ended: {} };
      },
      turn: async (id, number) => {
        const error = patch.fails?.(number);
        if (error) throw error;
        done.push(`${id} turn ${number} at ${elapsed}`);
        const next_at = new Date(wall() + 10_000).toISOString();
        schedule = { ...schedule, turns: number, next_at };
        faults = [{ phase: 'injected', schedule: id, deadline: null, seedMs: elapsed } as never];
        return 'f2: pause web-1';
      },
      endSchedule: async (id) => {
        done.push(`${id} ends at ${elapsed}`);
        schedule = { ...schedule, ended: {} };
      },
      changed: async (withinMs) => {
        elapsed += Math.min(withinMs, 250);
        if (elapsed > 200_000) throw new Error('it never ends');
        await new Promise((resolve) => setImmediate(resolve));
      },
      now: wall,
      elapsed: () => elapsed,
      log: (text) => void logged.push(text),
    };
    await watch(ports, new AbortController().signal);
    return { done, logged };
  }

  it('takes each when it is due, and ends the schedule when none can come any more', async () => {
    const { done, logged } = await play();
    const turns = done.filter((each) => each.includes('turn'));
    expect(turns.map((each) => each.replace(/ at .*/, ''))).to.deep.equal([
      's1 turn 2',
      's1 turn 3',
      's1 turn 4',
      's1 turn 5',
    ]);
    const at = turns.map((each) => Number(each.split(' at ')[1]));
    expect(at[0]).to.be.within(10_000, 10_250);
    for (const [index, each] of at.slice(1).entries())
      expect(each - (at[index] as number)).to.be.within(10_000, 10_500);
    const end = Number(done.at(-1)?.split(' at ')[1]);
    expect(done.at(-1)).to.match(/^s1 ends/);
    expect(end, 'with its last fault, not before').to.be.within((at[3] as number) + 4000, 46_000);
    expect(logged[0]).to.equal('s1: turn 2: f2: pause web-1');
  });

  it('waits while a command holds the run, and makes up for nothing after that', async () => {
    const { done } = await play({ held: (ms) => ms < 25_000 });
    expect(done[0]).to.match(/^s1 turn 2 at 25\d\d\d$/);
    expect(done[1]).to.match(/^s1 turn 3 at 35\d\d\d$/);
    expect(done[2]).to.match(/^s1 ends/);
  });

  it('tries again what fails, later each time, and at once where somebody was only quicker', async () => {
    const busy = new Refusal('run_busy', 'busy', 'fault list');
    let left = 3;
    const { done, logged } = await play({ fails: () => (left-- > 0 ? busy : null) });
    expect(done[0]).to.match(/^s1 turn 2 at 1[01]\d\d\d$/);
    expect(logged.join()).not.to.include('busy');
    const failed = await play({ fails: () => new Error('the disk is full.') });
    expect(failed.done).to.have.length(1);
    expect(failed.logged.slice(0, 2)).to.deep.equal([
      's1: the disk is full. Next try in 1 s.',
      's1: the disk is full. Next try in 2 s.',
    ]);
  });

  it('ends it where somebody halted, also between two turns', async () => {
    const { done } = await play({ halted: (ms) => ms > 16_000 });
    expect(done.map((each) => each.replace(/ at .*/, ''))).to.deep.equal(['s1 turn 2', 'halt']);
  });

  it('brings no turn earlier, and no end later, where the clock on the wall is set', async () => {
    for (const shiftMs of [3_600_000, -3_600_000]) {
      const { done } = await play({ wallMs: (ms) => (ms > 12_000 ? ms + shiftMs : ms) });
      const at = done.map((each) => Number(each.split(' at ')[1]));
      expect(done.at(-1)).to.match(/^s1 ends/);
      expect(at.at(-1)).to.be.below(46_000);
      for (const [index, each] of at.slice(1, -1).entries())
        expect(each - (at[index] as number)).to.be.at.least(9_750);
    }
  });
});

describe('watchdog: a condition that holds', () => {
  const DUE = {
    condition: 'errors > 20% for 3s',
    measured: 'errors 43% over the last 3s',
    value: 43,
    faults: ['f1', 'f2'],
  };
  const faultOf = (id: string) =>
    ({
      id,
      phase: 'injected',
      injecting_at: new Date().toISOString(),
      deadline: null,
      targets: [],
    }) as unknown as Fault;

  /** Time passes only while it waits. `abort` fails so often first. */
  async function play({
    due,
    aborted,
    failures,
    heldMs = 0,
    halted = false,
  }: {
    due: boolean;
    aborted: Run['aborted'];
    failures: number;
    heldMs?: number;
    halted?: boolean;
  }) {
    const live = [faultOf('f1'), faultOf('f2')];
    const done: string[] = [];
    const times: number[] = [];
    const logged: string[] = [];
    let elapsed = 0;
    let left = failures;
    let over = false;
    const ports: WatchdogPorts = {
      readRun: () => (over ? null : ({ ...runWith(live), aborted } as Run)),
      announce: () => {},
      setLoad: async () => {},
      setProbes: () => {},
      awaitsAlert: () => false,
      revert: async ({ id }) => {
        done.push(`revert ${id}`);
        if (id === 'f2') throw new Error('the engine does not answer');
      },
      recover: async ({ id }) => void done.push(`recover ${id}`),
      isHeld: () => elapsed < heldMs,
      abortDue: () => (due ? DUE : null),
      isHalted: () => halted,
      halt: async () => {
        done.push('halt');
        times.push(elapsed);
        if (left-- > 0) throw new Error('not well yet.');
        over = true;
      },
      abort: async ({ measured }) => {
        done.push(`abort: ${measured}`);
        times.push(elapsed);
        if (left-- > 0) throw new Error('not well yet.');
        over = true;
      },
      turn: async () => '',
      endSchedule: async () => {},
      stopWorkload: async () => {},
      changed: async (withinMs) => {
        elapsed += Math.min(withinMs, 250);
        if (elapsed > 60_000) over = true;
        await new Promise((resolve) => setImmediate(resolve));
      },
      now: () => Date.now(),
      elapsed: () => elapsed,
      log: (text) => void logged.push(text),
    };
    await watch(ports, new AbortController().signal);
    return { done, times, logged };
  }

  it('ends all faults, newest first: undone by the engine first, whatever fails, and written down second', async () => {
    const { done, logged } = await play({ due: true, aborted: null, failures: 0 });
    expect(done).to.deep.equal(['revert f2', 'revert f1', 'abort: errors 43% over the last 3s']);
    expect(logged).to.deep.equal([
      'aborts: errors 43% over the last 3s (abort_if: errors > 20% for 3s)',
      'f2: undo: the engine does not answer',
      'aborted: nothing of it is live any more',
    ]);
  });

  it('is tried again until all of it is well, later each time', async () => {
    const { done, times: at } = await play({ due: true, aborted: null, failures: 3 });
    expect(at).to.have.length(4);
    const waits = at.slice(1).map((each, index) => each - (at[index] as number));
    for (const [index, least] of [1000, 2000, 4000].entries())
      expect(waits[index]).to.be.at.least(least);
    expect(done.filter((each) => each === 'revert f1')).to.have.length(4);
  });

  it('is gone on with where somebody left it unfinished, though it no longer holds', async () => {
    const aborted = { ...DUE, at: '', by: 'command', told: true } as const;
    expect(
      (await play({ due: false, aborted: { ...aborted, faults: ['f1'] }, failures: 0 })).done,
    ).to.include('abort: errors 43% over the last 3s');
    expect(
      (await play({ due: false, aborted: { ...aborted, faults: ['f9'] }, failures: 0 })).done,
    ).to.deep.equal([]);
  });

  it('comes where somebody halted as well, and is tried again until nothing is live', async () => {
    const { done, logged } = await play({ due: false, aborted: null, failures: 1, halted: true });
    const once = ['revert f2', 'revert f1', 'halt'];
    expect(done).to.deep.equal([...once, ...once]);
    expect(logged[0]).to.equal('aborts: somebody halted');
  });

  it('is left to the command that is under way, which notices it as well, but not for long', async () => {
    const soon = await play({ due: true, aborted: null, failures: 0, heldMs: 1000 });
    expect(soon.times).to.have.length(1);
    expect(soon.times[0]).to.be.within(1000, 1500);
    const stuck = await play({ due: true, aborted: null, failures: 0, heldMs: 50_000 });
    expect(stuck.done.slice(0, 2)).to.deep.equal(['revert f2', 'revert f1']);
    expect(stuck.times[0]).to.be.within(3000, 3500);
  });
});
