import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { endOf, type Window } from '../../src/impact/windows.ts';
import { createRecorder, cutWindows } from '../../src/workload/index.ts';
import { CLOCK, until } from './servers.ts';

/** A clock that is moved by hand. `jump` moves the wall clock alone. */
function handClock() {
  let elapsed = 5000;
  let offset = 1_700_000_000_000;
  return {
    now: () => offset + elapsed,
    elapsed: () => elapsed,
    pass: (ms: number) => (elapsed += ms),
    jump: (ms: number) => (offset += ms),
  };
}

describe('recorder', () => {
  it('cuts windows that follow each other, with what happened in each', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    recorder.watchInFlight(() => 3);
    recorder.ok(5);
    recorder.ok(7);
    recorder.error('refused');
    recorder.error('refused');
    recorder.error('reset');
    recorder.timeout(2000);
    recorder.dropped();
    clock.pass(251.4);
    const first = recorder.cut() as Window;
    expect(first).to.deep.include({
      ok: 2,
      errors: { refused: 2, reset: 1 },
      timeouts: 1,
      dropped: 1,
      in_flight: 3,
      dt_ms: 251,
      at: 1_700_000_005_000,
    });
    expect(first.p50_ms).to.be.closeTo(7, 0.5);
    expect(first.p99_ms).to.be.closeTo(2000, 120);
    clock.pass(249);
    const second = recorder.cut() as Window;
    expect(second).to.deep.include({
      ok: 0,
      errors: {},
      timeouts: 0,
      dropped: 0,
      histogram: [],
      p99_ms: null,
    });
    expect(Math.abs(second.at - endOf(first))).to.be.at.most(1);
  });

  it('leaves a gap where it stood still itself, and loses no count', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    clock.pass(250);
    const before = recorder.cut() as Window;
    recorder.ok(5);
    clock.pass(8000);
    const after = recorder.cut() as Window;
    expect(after).to.include({ ok: 1, dt_ms: 250 });
    expect(after.at - endOf(before)).to.equal(7750);
  });

  it('marks the windows in which the load was still changing its rate', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    recorder.rampUntil(clock.elapsed() + 600);
    const marks = Array.from({ length: 5 }, () => {
      clock.pass(250);
      return recorder.cut()?.ramping ?? false;
    });
    expect(marks).to.deep.equal([true, true, true, false, false]);
  });

  it('has no window of no length', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    expect(recorder.cut()).to.equal(null);
    clock.pass(250);
    expect(recorder.cut()?.dt_ms).to.equal(250);
    expect(recorder.cut()).to.equal(null);
  });

  it('follows the wall clock in its times and the steady one in its lengths', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    clock.pass(250);
    const before = recorder.cut() as Window;
    clock.jump(-3_600_000);
    clock.pass(250);
    expect(recorder.cut()).to.include({ dt_ms: 250, at: endOf(before) - 3_600_000 });
  });

  it('has windows from report to report for a load that reports, and none where no report came', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    recorder.awaitReports();
    clock.pass(250);
    expect(recorder.cut()).to.equal(null);
    clock.pass(750);
    recorder.report(900);
    clock.pass(100);
    expect(recorder.cut()).to.include({ ok: 900, dt_ms: 1000, at: 1_700_000_005_000 });
    expect(recorder.cut()).to.equal(null);
    clock.pass(9900);
    clock.pass(20);
    recorder.report(5000, 20);
    expect(recorder.cut()).to.include({ ok: 5000, dt_ms: 10_000 });
    clock.pass(380);
    recorder.error('exit 1');
    expect(recorder.cut()).to.deep.include({ ok: 0, dt_ms: 400, errors: { 'exit 1': 1 } });
  });

  it('keeps the number of kinds small, whatever a server invents', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    for (let i = 0; i < 1000; i++) recorder.error(`status ${i}`);
    clock.pass(250);
    const { errors } = recorder.cut() as Window;
    expect(Object.keys(errors)).to.have.length(21);
    expect(errors.other).to.equal(980);
  });

  it('does not grow', () => {
    const clock = handClock();
    const recorder = createRecorder(clock);
    const day = (windows: number) => {
      for (let i = 0; i < windows; i++) {
        for (let op = 0; op < 50; op++) recorder.ok(((i * 7 + op) % 300) + 0.3);
        recorder.error(`status ${i % 500}`);
        clock.pass(250);
        recorder.cut();
      }
    };
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const used = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    day(5000);
    const before = used();
    day(20_000);
    // 20,000 windows kept would be tens of megabytes.
    expect(used() - before).to.be.lessThan(2e6);
  });
});

describe('windows cut by the clock', function () {
  this.timeout(60_000);

  it('are 250 ms long, follow each other, and add up', async () => {
    const recorder = createRecorder(CLOCK);
    const windows: Window[] = [];
    let counted = 0;
    const cutting = cutWindows(recorder, CLOCK, (window) => windows.push(window));
    const counting = setInterval(() => {
      counted++;
      recorder.ok(1);
    }, 5);
    try {
      await until('eight windows', () => windows.length >= 8);
    } finally {
      clearInterval(counting);
      cutting.stop();
    }
    const last = recorder.cut();
    if (last) windows.push(last);
    expect(windows.reduce((sum, window) => sum + window.ok, 0)).to.equal(counted);
    for (const [index, window] of windows.slice(1).entries()) {
      const before = windows[index] as Window;
      // Late by a stall of the machine at most, and then there is a gap; never two windows for one time.
      expect(window.at - endOf(before)).to.be.at.least(-2);
    }
    // Drift would add up; what is late once is not late ever after.
    const begun = (windows[0] as Window).at;
    const offsets = windows.slice(1).map((window) => (window.at - begun) % 250);
    expect(
      offsets.filter((offset) => Math.min(offset, 250 - offset) < 60).length,
    ).to.be.greaterThan(offsets.length / 2);
  });
});
