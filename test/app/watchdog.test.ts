/** The watchdog's loop against ports of memory: what the real ones cannot be made to do at will, a disk that fails at a moment of ours. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fault, Run } from '../../src/run/run.ts';
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
  } as unknown as Run;
}

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
      readRun: () => {
        if (over) return null;
        if (++looks > 1) throw new Error('the disk cannot be read');
        return runWith([fault]);
      },
      announce: () => {
        throw new Error('the disk is full');
      },
      setLoad: async () => {},
      setProbes: () => {},
      awaitsAlert: () => false,
      revert: async ({ id }) => void done.push(`revert ${id}`),
      recover: async ({ id }) => {
        done.push(`recover ${id}`);
        over = true;
      },
      isHeld: () => false,
      abortDue: () => null,
      isHalted: () => false,
      halt: async () => {},
      abort: async () => {},
      stopWorkload: async () => {},
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
      readRun: () => runWith([]),
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
      stopWorkload: async () => {},
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
