/** What a chapter expects of its faults, held against the files of the run's folder; the figures are made in the pure rooms. Writes nothing. */
import type { During } from '../impact/during.ts';
import { measuredSince } from '../impact/frame.ts';
import { assess, givenBaseline } from '../impact/impact.ts';
import { SILENT_MS, spansOf } from '../impact/probe-impact.ts';
import type { Window } from '../impact/windows.ts';
import { readStates } from '../journal/index.ts';
import { judge } from '../run/hypothesis.ts';
import type { JudgedItem } from '../run/judged-item.ts';
import type { Fault } from '../run/run.ts';
import { type AlertSpec, alertKey } from '../story/alert-spec.ts';
import type { HypothesisItem } from '../story/hypothesis-spec.ts';
import { ProbeReader } from '../workload/samples/probe-file.ts';
import { WindowReader } from '../workload/samples/sample-file.ts';
import { watchdogFiles } from './watchdog/files.ts';

export class Observer {
  readonly #runDir: string;
  readonly #probes: ProbeReader;
  readonly #alerts: ProbeReader;
  /** One a fault, since a reader that goes on from where it stood costs nothing, however long the fault lasts. */
  readonly #windows = new Map<string, { sinceMs: number; reader: WindowReader }>();

  constructor(runDir: string) {
    this.#runDir = runDir;
    const { probes, alerts } = watchdogFiles(runDir);
    this.#probes = new ProbeReader(probes);
    this.#alerts = new ProbeReader(alerts);
  }

  /** `faults`: those of the chapter, one at least. `others`: all faults of the run. */
  judge(
    hypothesis: readonly HypothesisItem[],
    faults: readonly Fault[],
    others: readonly Fault[],
  ): JudgedItem[] {
    const nowMs = Date.now();
    const asks = (expect: HypothesisItem['expect']) =>
      hypothesis.some((item) => item.expect === expect);
    const thresholds = hypothesis.flatMap((item) =>
      item.expect === 'threshold' ? item.threshold : [],
    );
    const held = new Map<string, During[]>();
    for (const fault of thresholds.length > 0 ? faults : []) {
      const { id, workload } = fault;
      if (!workload || workload.simulated) continue;
      const windows = this.#windowsOf(id, measuredSince(fault, nowMs, others));
      const steadyState = { thresholds, objective: null };
      const around = { others, baseline: givenBaseline(workload), steadyState };
      held.set(id, assess(fault, windows, nowMs, around).during);
    }
    return judge(hypothesis, {
      faults,
      held,
      probeNotes: asks('probe') ? this.#probes.read() : [],
      alertNotes: asks('alert') ? this.#alerts.read() : [],
      states: asks('only') ? readStates(this.#runDir) : [],
      nowMs,
    });
  }

  /** Each of these alerts is known to fire or not to fire now. */
  hasSeen(alerts: readonly AlertSpec[]): boolean {
    const notes = this.#alerts.read();
    const nowMs = Date.now();
    return alerts.every((alert) => {
      const span = spansOf(notes, alertKey(alert), nowMs).at(-1);
      return span !== undefined && nowMs - span.to_ms <= SILENT_MS;
    });
  }

  #windowsOf(fault: string, sinceMs: number): readonly Window[] {
    let known = this.#windows.get(fault);
    if (!known || known.sinceMs > sinceMs) {
      const { samples } = watchdogFiles(this.#runDir);
      known = { sinceMs, reader: new WindowReader(samples, sinceMs) };
      this.#windows.set(fault, known);
    }
    return known.reader.read();
  }
}
