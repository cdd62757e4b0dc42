/** What the benchmarks of load and measurement count and how they write it. */
import { loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bucketOf, type Histogram } from '../../src/impact/windows.ts';

export const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };
/** An operation that took longer was slow, as a user would say. */
export const SLOW_MS = 100;

export function slowIn(histogram: Histogram): number {
  let slow = 0;
  for (let i = 0; i < histogram.length; i += 2)
    if ((histogram[i] as number) > bucketOf(SLOW_MS)) slow += histogram[i + 1] as number;
  return slow;
}

let collect: (() => void) | null = null;

/** What is still in use after everything else was collected. */
export function heapMb(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/** Others on the machine change every figure, so how busy it was stands beside them. */
export function title(text: string): void {
  console.log(`\n${text} (load average ${loadavg()[0]?.toFixed(1)})`);
}

export function row(name: string, ...cells: string[]): void {
  console.log(`  ${name.padEnd(44)} ${cells.map((cell) => cell.padStart(12)).join(' ')}`);
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function ms(value: number | null): string {
  return value === null ? '-' : `${value < 10 ? value.toFixed(1) : count(value)} ms`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
