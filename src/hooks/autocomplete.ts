/**
 * Adds our completion to the files that @oclif/plugin-autocomplete has just written: the function for bash, and what zsh
 * loads. Whenever those are written anew, also after our plugin was removed, our part is gone with them: nothing is left
 * behind. Lacks on purpose: fish, which that plugin does not know.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Interfaces from '@oclif/core/interfaces';
import { renderCompletion, type Shell } from '../view/completion/index.ts';
import { completionSpec } from '../view/completion/spec.ts';

const BEGIN = '# begin of what oclif-plugin-gameday adds';
const END = '# end of what oclif-plugin-gameday adds';
const ADDED = new RegExp(`\\n?${BEGIN}\\n[^]*?\\n${END}\\n`, 'g');

/** Never throws: a completion that could not be added is no reason for the host's command to fail. */
export function addToAutocomplete(config: Interfaces.Config): void {
  const spec = completionSpec(config);
  if (!spec) return;
  const folder = join(config.cacheDir, 'autocomplete');
  const files: [Shell, string][] = [
    ['bash', join(folder, 'functions', 'bash', `${config.bin}.bash`)],
    ['zsh', join(folder, 'zsh_setup')],
  ];
  for (const [shell, path] of files) {
    try {
      append(path, renderCompletion(shell, { ...spec, alone: false }));
    } catch {
      // See above; the other shell may still get its part.
    }
  }
}

/** Whole or not at all: a shell may read the file at this moment. */
function append(path: string, script: string): void {
  const text = readFileSync(path, 'utf8').replaceAll(ADDED, '');
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${text}\n${BEGIN}\n${script}${END}\n`, { mode: statSync(path).mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
