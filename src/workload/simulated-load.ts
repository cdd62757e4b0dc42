/** Drives the simulated curve as if it were a load, so that the same windows come of it. It touches nothing. */
import { simulatedRate, simulatedTimes } from '../story/simulated.ts';
import type { WorkloadSpec } from '../story/story.ts';
import type { Load, LoadOptions } from './load.ts';
import type { Recorder } from './recorder.ts';

const STEP_MS = 50;

export function openSimulatedLoad({ baseline }: Extract<WorkloadSpec, { kind: 'simulated' }>, { faults = () => [] }: LoadOptions): Load {
  let timer: NodeJS.Timeout | undefined;
  return {
    start(recorder: Recorder) {
      let last = performance.now();
      let owed = 0;
      timer = setInterval(() => {
        const now = performance.now();
        owed += (simulatedRate(simulatedTimes(faults()), baseline, Date.now()) * (now - last)) / 1000;
        last = now;
        const whole = Math.floor(owed);
        owed -= whole;
        recorder.count(whole);
      }, STEP_MS);
    },
    async stop() {
      clearInterval(timer);
    },
  };
}
