/** How the benchmarks measure: whole processes, in turn, against a yardstick, so that a machine that slows down slows all of them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const GAMEDAY = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const RUNS = 9;

/** Wall milliseconds of a whole process that must succeed. */
export function time(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): number {
  const begun = performance.now();
  const ended = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  const tookMs = performance.now() - begun;
  if (ended.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')} ended with ${ended.status ?? ended.signal}: ${ended.stderr}`,
    );
  return tookMs;
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

export type Candidate = [name: string, measure: () => number | Promise<number>];

/** What a ratio is meant to be at most. */
export interface Aim {
  row: string;
  ratio: number;
  atMost: number;
}

/** The rows of all parts that have an aim, in their order; `printAims` shows them as one table. */
export const aims: Aim[] = [];

/** One table at the end: what was measured, and the aim beside it. */
export function printAims(): void {
  if (aims.length === 0) return;
  console.log('\nratios and what they are meant to be at most');
  for (const { row, ratio, atMost } of aims) {
    const verdict = ratio <= atMost ? '' : '  missed';
    const figures = `${ratio.toFixed(2).padStart(6)} x ${`<= ${atMost} x`.padStart(10)}`;
    console.log(`  ${row.padEnd(64)} ${figures}${verdict}`);
  }
}

/**
 * Prints the median of each candidate, and its ratio to the first one's. One round more than counted warms up. Resolves to
 * the medians, in milliseconds; `atMost`: the aim of each candidate that has one, by its name.
 */
export async function compare(
  title: string,
  candidates: Candidate[],
  { runs = RUNS, atMost = {} }: { runs?: number; atMost?: Record<string, number> } = {},
): Promise<number[]> {
  const times = candidates.map((): number[] => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, [, measure]] of candidates.entries()) {
      const tookMs = await measure();
      if (run >= 0) times[index]?.push(tookMs);
    }
  }
  const yardstick = median(times[0] as number[]);
  console.log(`\n${title} (median of ${runs}, in turn)`);
  const middles = times.map(median);
  for (const [index, [name]] of candidates.entries()) {
    const middle = middles[index] as number;
    const aim = atMost[name];
    if (aim !== undefined)
      aims.push({ row: `${title}: ${name}`, ratio: middle / yardstick, atMost: aim });
    console.log(
      `  ${name.padEnd(52)} ${middle.toFixed(1).padStart(8)} ms  ${(middle / yardstick).toFixed(2).padStart(6)} x`,
    );
  }
  return middles;
}

export async function inFolder(
  files: Record<string, string>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-bench-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
