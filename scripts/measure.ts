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

/** Prints the median of each candidate, and its ratio to the first one's. One round more than counted warms up. */
export async function compare(title: string, candidates: Candidate[], runs = RUNS): Promise<void> {
  const times = candidates.map((): number[] => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, [, measure]] of candidates.entries()) {
      const tookMs = await measure();
      if (run >= 0) times[index]?.push(tookMs);
    }
  }
  const yardstick = median(times[0] as number[]);
  console.log(`\n${title} (median of ${runs}, in turn)`);
  for (const [index, [name]] of candidates.entries()) {
    const middle = median(times[index] as number[]);
    console.log(
      `  ${name.padEnd(52)} ${middle.toFixed(1).padStart(8)} ms  ${(middle / yardstick).toFixed(2).padStart(6)} x`,
    );
  }
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
