/** A command under `killer.mjs`: once whole, to learn its states, and then killed in one of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const KILLER = fileURLToPath(new URL('./killer.mjs', import.meta.url));

/** One distinct state that a command leaves behind when it dies there. */
export interface State {
  text: string;
  /** What the process would have done next at the first boundary. */
  step: string;
  /** How many boundaries stand in it, one after the other. */
  boundaries: number;
}

/** `run` runs the command with what it is given in its environment. The states are in the order in which they came. */
export async function learnStates(
  run: (env: NodeJS.ProcessEnv) => Promise<unknown>,
): Promise<State[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-states-'));
  try {
    const file = join(folder, 'states');
    await run({ GAMEDAY_STATES_FILE: file });
    const found = new Map<string, State>();
    for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
      const { step, state: text } = JSON.parse(line) as { step: string; state: string };
      const known = found.get(text);
      if (known) known.boundaries++;
      else found.set(text, { text, step, boundaries: 1 });
    }
    return [...found.values()];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
