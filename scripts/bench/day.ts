/** What a day of measuring costs in memory and on disk, by a clock that is moved by hand, and how a verdict grows with the time since the fault. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { impact } from '../../src/impact/impact.ts';
import { WINDOW_MS, type Window } from '../../src/impact/windows.ts';
import { seededRandom } from '../../src/terms/random.ts';
import { createRecorder } from '../../src/workload/index.ts';
import { SampleFile, WindowReader } from '../../src/workload/samples/sample-file.ts';
import { faultAt, noisy, START } from '../../test/impact/windows-made.ts';
import { inFolder } from '../measure.ts';
import { heapMb, ms, row, title } from './figures.ts';
import { gameday, httpSpec, startHttp } from './tools.ts';

const HOUR = 3_600_000 / WINDOW_MS;
const DAY = 24 * HOUR;

/** Latencies as a quiet service has them: lognormal around 3 ms. Selection once, since drawing would cost more than what is measured. */
function latencies(): Float64Array {
  const draw = seededRandom(11);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return Float64Array.from({ length: 65_536 }, () => 3 * Math.exp(0.6 * gauss()));
}

/** One day at `rate`: every operation goes through the recorder, every window to the file, as in the watchdog; a follower reads along. */
async function measureDay(rate: number): Promise<void> {
  await inFolder({}, async (folder) => {
    let elapsed = 0;
    const recorder = createRecorder({ now: () => START + elapsed, elapsed: () => elapsed });
    const path = join(folder, 'samples.ndjson');
    const file = SampleFile.open(path);
    const each = latencies();
    const perWindow = (rate * WINDOW_MS) / 1000;
    const heaps: number[] = [];
    let next = 0;
    const begun = performance.now();
    for (let window = 0; window < DAY; window++) {
      for (let i = 0; i < perWindow; i++) recorder.ok(each[next++ & 65_535] as number);
      elapsed += WINDOW_MS;
      file.append(recorder.cut() as Window);
      if (window % (6 * HOUR) === HOUR) heaps.push(heapMb());
    }
    const tookMs = performance.now() - begun;
    heaps.push(heapMb());
    file.close();
    const shown = heaps.map((heap) => heap.toFixed(1)).join(' ');
    row(
      `${rate}/s for a day`,
      `${(statSync(path).size / 1e6).toFixed(1)} MB`,
      `${((tookMs * 1e6) / (DAY * perWindow)).toFixed(0)} ns`,
      shown,
    );
  });
}

export async function benchDay(): Promise<void> {
  title(
    'a day of windows, speeded up: samples on disk, cost an operation, heap at 1, 7, 13, 19 and 24 hours in MB',
  );
  for (const rate of [100, 1000]) await measureDay(rate);
  title('a real minute at 5,000 requests a second: heap before and after in MB');
  const server = await startHttp();
  try {
    const { heap_mb, bad } = await gameday(httpSpec(server.port, 5000), 5000, 60_000);
    row('gameday http', ...heap_mb.map((heap) => heap.toFixed(1)), `${bad} failed`);
  } finally {
    await server.stop();
  }
}

/** An hour of noise over and over, since a whole day takes long to draw. */
export function* windowsFor(count: number): Generator<Window> {
  const hour = noisy(HOUR, seededRandom(3), { perWindow: 250 });
  for (let index = 0; index < count; index++)
    yield { ...(hour[index % HOUR] as Window), at: START + index * WINDOW_MS };
}

export async function benchVerdict(): Promise<void> {
  title(
    'a verdict, by the time since the fault, at 1,000/s: the first look reads the samples, the later ones what came since',
  );
  row('', 'first read', 'still live', 'over', 'heap');
  const before = 240;
  for (const [name, windows] of [
    ['1 minute', 240],
    ['1 hour', HOUR],
    ['24 hours', DAY],
  ] as const) {
    await inFolder({}, async (folder) => {
      const path = join(folder, 'samples.ndjson');
      const file = SampleFile.open(path);
      for (const window of windowsFor(before + windows)) file.append(window);
      file.close();
      const nowMs = START + (before + windows) * WINDOW_MS;
      const begun = performance.now();
      const reader = new WindowReader(path, START);
      reader.read();
      const readMs = performance.now() - begun;
      const look = (fault: Parameters<typeof impact>[0]) => {
        const times = Array.from({ length: 5 }, () => {
          const from = performance.now();
          impact(fault, reader.read(), nowMs);
          return performance.now() - from;
        });
        return Math.min(...times);
      };
      const live = look(faultAt(before * WINDOW_MS));
      const over = look(
        faultAt(before * WINDOW_MS, before * WINDOW_MS + 2000, {
          doneMs: before * WINDOW_MS + 3000,
        }),
      );
      row(name, ms(readMs), ms(live), ms(over), `${heapMb().toFixed(0)} MB`);
      reader.read();
    });
  }
}
