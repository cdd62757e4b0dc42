/** The watchdog's loop against ports of memory: what the real ones cannot be made to do at will, a disk that fails at a moment of ours. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fault, Run } from '../../src/story/run.ts';
import { type WatchdogPorts, watch } from '../../src/watchdog.ts';

function runWith(faults: Fault[]): Run {
  return { seq: 2, finished_at: null, workload: null, watched: [], changed_at: new Date().toISOString(), faults } as unknown as Run;
}

describe('watchdog', () => {
  it('ends a fault in time though its files can be neither written nor read any more', async () => {
    const now = Date.now();
    const at = (ms: number) => new Date(now + ms).toISOString();
    const fault = { id: 'f1', phase: 'injected', injecting_at: at(0), deadline: at(50), targets: [] } as unknown as Fault;
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
      revert: async ({ id }) => void done.push(`revert ${id}`),
      recover: async ({ id }) => {
        done.push(`recover ${id}`);
        over = true;
      },
      abortDue: () => null,
      abort: async () => {},
      stopWorkload: async () => {},
      changed: (withinMs) => new Promise((resolve) => setTimeout(resolve, Math.min(withinMs, 20))),
      now: () => Date.now(),
      elapsed: () => performance.now(),
      log: (text) => void logged.push(text),
    };
    expect(await watch(ports, new AbortController().signal)).to.equal('the run is over');
    expect(done).to.deep.equal(['revert f1', 'recover f1']);
    expect(logged.filter((line) => line.startsWith('the disk'))).to.deep.equal(['the disk is full', 'the disk cannot be read']);
  });
});
