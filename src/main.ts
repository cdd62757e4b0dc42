/** Starts oclif for the standalone CLI. Inside a host this file is never loaded. */
import { readFileSync } from 'node:fs';
import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import type { LoadOptions } from '@oclif/core/interfaces';
import { run } from '@oclif/core/run';
import { ignoreClosedPipes } from './app/signals.ts';
import { CODES, type ErrorReport, errorReport } from './terms/outcomes.ts';

/** `dir` is the URL of a file below the package's root; `options` only where the source tree itself is run. */
export async function main(dir: string, options?: LoadOptions): Promise<void> {
  ignoreClosedPipes(); // Also for what no command of ours prints: help, and the version.
  const args = process.argv.slice(2);
  try {
    await run(args, options ?? dir);
    await flush();
  } catch (error) {
    if (!isUsage(error)) await handle(error as Error);
    else await refuse(args, dir);
  }
}

/** Words that no command was found for; all else that goes wrong, the command itself has answered for. */
function isUsage(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error as { oclif?: { exit?: number } }).oclif?.exit === CODES.usage.exit
  );
}

async function refuse(args: string[], dir: string): Promise<void> {
  const { unknownCommand } = await import('./app/unknown-command.ts');
  const { Output } = await import('./view/output.ts');
  const { renderError } = await import('./view/errors.ts');
  const report = errorReport(unknownCommand(args, readIds(dir))) as ErrorReport;
  const host = { bin: 'gameday', separator: ' ' };
  process.exitCode = report.exit;
  if (wantsJson(args)) {
    new Output(process.stdout, host).json({ error: report }, false);
    return;
  }
  const output = new Output(process.stderr, host);
  output.lines(renderError(report, host));
  await output.flush();
}

/** Of our own commands; those of plugin-help are no business of anybody who mistyped one. */
function readIds(dir: string): string[] {
  const path = new URL('../oclif.manifest.json', dir);
  const { commands } = JSON.parse(readFileSync(path, 'utf8')) as { commands: object };
  return Object.keys(commands);
}

function wantsJson(args: string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}
