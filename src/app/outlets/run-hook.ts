/** One program of `hooks:`, told what happens. */
import type { Occasion } from '../../run/occasion.ts';
import type { HookSpec } from '../../story/outlet-spec.ts';
import { runProgram } from '../../system/program.ts';
import { occasionJson } from '../../view/outlets/notification.ts';

export interface HookEnd {
  /** As `runProgram` has it. */
  exit_code: number;
  /** Its time was over. */
  is_late: boolean;
  /** Of its stdout, then of its stderr. */
  lines: string[];
}

/** `cwd`: absolute. Rejects with the signal's reason. */
export async function runHook(
  { command, timeout_ms }: HookSpec,
  occasion: Occasion,
  cwd: string,
  signal: AbortSignal,
): Promise<HookEnd> {
  const input = `${JSON.stringify(occasionJson(occasion))}\n`;
  const begun = performance.now();
  const end = await runProgram(command, { timeout_ms, signal, cwd, input });
  const is_late = performance.now() - begun >= timeout_ms && end.exit_code !== 0;
  const lines = `${end.stdout}${end.stderr}`.split('\n').filter((line) => line !== '');
  return { exit_code: end.exit_code, is_late, lines };
}
