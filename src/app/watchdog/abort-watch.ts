/**
 * Looks whether a condition of a live fault holds, in the samples that the watchdog writes: the watchdog itself does so, and
 * every command that is under way. Both come to one answer, which is made in the pure room. Reads only the last while of
 * the samples, however long a fault lasts.
 */

import { abortHorizonMs, type Held, heldNow } from '../../impact/abort-due.ts';
import { type Baseline, baselineOf } from '../../impact/baseline.ts';
import { frameOf, measuredSince } from '../../impact/frame.ts';
import { givenBaseline } from '../../impact/impact.ts';
import { type AbortDue, guardedFaults } from '../../run/aborts.ts';
import { type Fault, liveFaults, type Run } from '../../run/run.ts';
import { readWindows } from '../../workload/samples/sample-file.ts';

const SETTLED_MS = 2000;

export class AbortWatch {
  readonly #samples: string;
  /** By fault and workload: what was before a fault does not change any more. */
  readonly #known = new Map<string, Baseline | null>();

  constructor(samples: string) {
    this.#samples = samples;
  }

  /** `isHeld`: somebody holds the run, so that recoveries that stand in it are under way. Null: nothing has to end. */
  due(run: Run | null, { isHeld }: { isHeld: boolean }): AbortDue | null {
    if (!run) return null;
    for (const fault of guardedFaults(run, isHeld)) {
      const held = this.#held(run, fault);
      if (!held) continue;
      const { condition, measured, value } = held;
      return {
        condition: condition.text,
        measured,
        value,
        faults: liveFaults(run).map(({ id }) => id),
      };
    }
    return null;
  }

  #held(run: Run, fault: Fault): Held | null {
    const nowMs = Date.now();
    const recent = readWindows(this.#samples, nowMs - abortHorizonMs(fault.abort_if));
    const { windows, intentMs, nowMs: placedMs } = frameOf(fault, recent, nowMs, run.faults);
    return heldNow(windows, fault.abort_if, {
      baseline: this.#baseline(run, fault, nowMs),
      sinceMs: intentMs,
      nowMs: placedMs ?? nowMs,
    });
  }

  #baseline(run: Run, fault: Fault, nowMs: number): Baseline | null {
    const { workload } = run;
    if (!workload) return null;
    const key = `${fault.id} ${workload.started_at}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const windows = readWindows(this.#samples, measuredSince(fault, nowMs, run.faults));
    const baseline = baselineOf(
      frameOf(fault, windows, nowMs, run.faults).undisturbed,
      givenBaseline(workload),
    );
    // The last windows before it may still be on their way to the file.
    if (nowMs - Date.parse(fault.injecting_at) > SETTLED_MS) this.#known.set(key, baseline);
    return baseline;
  }
}
