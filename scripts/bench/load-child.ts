/**
 * One load of ours in a process of its own, driven as the watchdog drives it: `load-child.ts SPEC WARM_MS MEASURED_MS`.
 * Prints one JSON object (a Report): what came of the operations after the warm-up, and what it cost this process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { badOf, merge, type Window } from '../../src/impact/windows.ts';
import { createRecorder, cutWindows, openLoad } from '../../src/workload/index.ts';
import { CLOCK, heapMb, slowIn } from './figures.ts';
import type { LoadSpec, Report } from './tools.ts';

const [text = '', warmMs, measuredMs] = process.argv.slice(2);
const load = await openLoad(JSON.parse(text) as LoadSpec, { cwd: '/' });
const recorder = createRecorder(CLOCK);
/** One for all of them, so that nothing grows here. */
let whole: Window | null = null;
const add = (window: Window | null) => {
  if (window) whole = merge(whole ? [whole, window] : [window]);
};
const cutting = cutWindows(recorder, CLOCK, add);
await load.start(recorder);
await delay(Number(warmMs));
recorder.cut();
whole = null;
const heapBefore = heapMb();
const cpuBefore = process.cpuUsage();
const begun = performance.now();
await delay(Number(measuredMs));
add(recorder.cut());
const tookMs = performance.now() - begun;
const { user, system } = process.cpuUsage(cpuBefore);
const done = (whole as Window | null)?.ok ?? 0;
const heapAfter = heapMb();
await load.stop();
cutting.stop();
add(recorder.cut());

const all = whole as Window | null;
if (!all) throw new Error('nothing was measured');
const report: Report = {
  rate: (done * 1000) / tookMs,
  operations: all.ok + badOf(all),
  bad: badOf(all),
  p50_ms: all.p50_ms,
  p99_ms: all.p99_ms,
  slow: slowIn(all.histogram),
  cpu: (user + system) / 1000 / tookMs,
  heap_mb: [heapBefore, heapAfter],
};
console.log(JSON.stringify(report));
process.exit();
