/** A stack that commands are killed on, and how it is looked at by somebody who is not gameday. */

import { join } from 'node:path';
import { readRun } from '../../src/journal/index.ts';
import type { Run } from '../../src/run/run.ts';
import { servedExit } from '../commands/served.ts';

/** What must be the same after a recovery; engines leave out what a restart rightly changes. */
export type Picture = Record<string, unknown>;

export interface CrashStack {
  /** Where the commands run. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** For `killer.mjs`: where the instances are looked at. */
  killEnv: NodeJS.ProcessEnv;
  /** Every instance, by label, as the engine itself shows it. */
  picture(): Promise<Record<string, Picture>>;
  /** Labels of what is down, frozen, or otherwise not as the stack was made. `inside`: also what has rules on its network, a stopped process or a full volume, which takes longer to see. */
  broken(options?: { inside: boolean }): Promise<string[]>;
  /** What is on the engine beside the instances, and is gameday's: nothing may be left of it. */
  strays(): Promise<string[]>;
  cleanup(): Promise<void>;
}

export type MakeStack = () => Promise<CrashStack | null>;

/** The story of each stack, by number: nothing, a fault, its recovery, a load, the end. */
export const CRASH_CHAPTERS = `
  - { title: Welcome }
  - title: Fault
    on_enter: [ { inject: { kind: kill, service: web-2, countdown: 0s } } ]
  - { title: Recovery, on_enter: [ { recover: all } ] }
  - { title: Load, on_enter: [ { workload: start } ] }
  - { title: Done }
`;

export function runOf({ cwd }: CrashStack): Run | null {
  const { run } = readRun(join(cwd, '.gameday'));
  return run === null || run.finished_at !== null ? null : run;
}

/** The number of the chapter that the run stands in; 0 before the first. */
export function chapterOf(stack: CrashStack): number {
  return (runOf(stack)?.position.index ?? -1) + 1;
}

export async function goTo(stack: CrashStack, chapter: number): Promise<void> {
  const at = { cwd: stack.cwd, env: stack.env };
  if (runOf(stack)?.workload) await servedExit(0, ['workload', 'stop'], at);
  while (chapterOf(stack) > chapter) await servedExit(0, ['chapter', 'back'], at);
  while (chapterOf(stack) < chapter) await servedExit(0, ['chapter', 'next'], at);
}
