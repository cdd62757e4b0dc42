/** Starts oclif for the standalone CLI. Inside a host this file is never loaded. */
import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import type { LoadOptions } from '@oclif/core/interfaces';
import { run } from '@oclif/core/run';
import { ignoreClosedPipes } from './app/signals.ts';
import { CODES } from './terms/outcomes.ts';

/** `dir` is the URL of a file below the package's root; `options` only where the source tree itself is run. */
export async function main(dir: string, options?: LoadOptions): Promise<void> {
  ignoreClosedPipes(); // Also for what no command of ours prints: help, and the version.
  const args = process.argv.slice(2);
  try {
    await run(args, options ?? dir);
    await flush();
  } catch (error) {
    if (wantsJson(args) && isUsage(error)) sayAsJson(error);
    else await handle(error as Error);
  }
}

function wantsJson(args: string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** Words that no command was found for; all else that goes wrong, the command itself has answered for. */
function isUsage(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error as { oclif?: { exit?: number } }).oclif?.exit === CODES.usage.exit
  );
}

function sayAsJson({ message }: Error): void {
  const { exit } = CODES.usage;
  process.exitCode = exit;
  process.stdout.write(
    `${JSON.stringify({ error: { code: 'usage', message, next: 'help', exit } })}\n`,
  );
}
