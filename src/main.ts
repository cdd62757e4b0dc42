/** Starts oclif for the standalone CLI. Inside a host this file is never loaded. */
import { execute } from '@oclif/core/execute';
import type { LoadOptions } from '@oclif/core/interfaces';
import { survivesClosedPipes } from './house/signals.ts';

/** `dir` is the URL of a file below the package's root; `options` only where the source tree itself is run. */
export async function main(dir: string, options?: LoadOptions): Promise<void> {
  survivesClosedPipes(); // Also for what no command of ours prints: help, and the version.
  await execute(options ? { loadOptions: options } : { dir });
}
