/**
 * The views of a transition: events in, characters out on stderr. Which one is chosen depends on who reads it.
 * A view owns neither control flow nor signals, and never throws into the runner: what cannot be shown is not shown.
 */
import type { RunnerEvent } from '../run/progress.ts';
import { openPlain } from './plain.ts';
import { Sayer } from './say/say.ts';
import { openScreen } from './screen.ts';
import { loadWrap } from './wrap.ts';

export interface View {
  show(event: RunnerEvent): void;
  /** Settles what is still on the screen; `error` itself is said by whoever closes the view. Nothing is written after it. */
  close(error?: Error): Promise<void>;
}

export type Mode = 'silent' | 'plain' | 'tasks';

export interface Reader {
  json: boolean;
  stderrIsTTY: boolean;
  ci: boolean;
  /** Undefined or 0 where the terminal does not say. */
  columns: number | undefined;
  /** The terminal's type; a dumb one cannot move its cursor. */
  term?: string | undefined;
}

/** Below this a list of tasks is nothing but line breaks. */
const LEAST_COLUMNS = 20;

export function pickMode({
  json,
  stderrIsTTY,
  ci,
  columns,
  term = process.env.TERM,
}: Reader): Mode {
  if (json) return 'silent';
  return stderrIsTTY && !ci && term !== 'dumb' && (columns ?? 0) >= LEAST_COLUMNS
    ? 'tasks'
    : 'plain';
}

/** Whether keys can come from a person and a whole screen can be drawn for one. */
export function canShowScreen(
  stdin: { isTTY?: boolean },
  stdout: { isTTY?: boolean },
  { CI, TERM }: NodeJS.ProcessEnv,
): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY) && !CI && TERM !== 'dumb';
}

/** Writes nothing before the first event. listr2 is loaded for `tasks` alone. */
export async function openView({
  mode,
  stderr,
  colour,
  sayer = new Sayer(),
}: {
  mode: Mode;
  stderr: NodeJS.WriteStream;
  colour: boolean;
  sayer?: Sayer;
}): Promise<View> {
  if (mode === 'silent') return { show: () => {}, close: async () => {} };
  if (mode === 'plain') return openPlain(openScreen(stderr), () => performance.now(), sayer);
  const [{ TasksView }, wrap] = await Promise.all([import('./tasks.ts'), loadWrap()]);
  return new TasksView({ stderr, screen: openScreen(stderr), colour, wrap, sayer });
}
