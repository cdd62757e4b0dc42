/** The watchdog's side of the workload: drives the load that the run wants, and writes down a window every 250 ms. */

import type { Window } from '../story/measure/windows.ts';
import type { Run } from '../story/run.ts';
import { createRecorder, cutWindows, type Load, openLoad, SampleFile } from '../workload/index.ts';
import type { Place } from './locate.ts';

const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };

export class Measuring {
  readonly #place: Place;
  readonly #samples: string;
  readonly #log: (text: string) => void;
  /** Which workload of the run is under way, by its start. */
  #current: string | null = null;
  #change: Promise<void> = Promise.resolve();
  #running: { load: Load; stop(): void } | null = null;

  constructor(place: Place, samples: string, log: (text: string) => void) {
    this.#place = place;
    this.#samples = samples;
    this.#log = log;
  }

  /** Brings the load to what the run wants, one change after the other. A simulated workload is a curve and no load. Never rejects. */
  set(workload: Run['workload']): Promise<void> {
    const wanted = workload === null || workload.simulated ? null : workload.started_at;
    if (wanted !== this.#current) {
      this.#current = wanted;
      this.#change = this.#change.then(() => this.#bring(wanted)).catch((error: Error) => this.#log(`workload: ${error.message}`));
    }
    return this.#change;
  }

  async #bring(wanted: string | null): Promise<void> {
    await this.#stop();
    if (wanted !== null && wanted === this.#current) await this.#start();
  }

  async #start(): Promise<void> {
    const spec = this.#place.story.workload;
    if (!spec || spec.kind === 'simulated') return this.#log('workload: the story has no load any more');
    const load = await openLoad(spec, { cwd: this.#place.folder });
    const recorder = createRecorder(CLOCK);
    const file = SampleFile.open(this.#samples);
    let lost = 0;
    const write = (window: Window) => {
      if (!file.append(window) && lost++ === 0) this.#log('workload: a window could not be written; what is lost will be a gap');
    };
    const cutting = cutWindows(recorder, CLOCK, write);
    this.#running = {
      load,
      stop: () => {
        cutting.stop();
        const last = recorder.cut();
        if (last) write(last);
        file.close();
      },
    };
    await load.start(recorder);
    this.#log(`workload: ${spec.kind} started`);
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    await running.load.stop();
    running.stop();
    this.#log('workload: stopped');
  }
}
