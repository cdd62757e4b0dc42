/** The folder that a command was typed in. */
import { Refusal } from '../terms/outcomes.ts';

/** Throws Refusal `usage` where it is there no more: a shell stays in a folder that somebody has removed. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new Refusal(
      'usage',
      'The folder that this shell stands in was removed, or may not be looked at.',
      'Go to the folder of the stack, and repeat the command.',
    );
  }
}
