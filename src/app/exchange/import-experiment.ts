/** Reads an experiment of Chaos Toolkit and writes the story that it makes. Runs nothing of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { importExperiment } from '../../story/chaostoolkit/import.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Context } from '../context.ts';

const OTHER_FILE = 'Name a file that has an experiment as JSON or YAML.';

export interface ImportedStory {
  name: string;
  text: string;
  /** Absolute; null: it is only shown. */
  path: string | null;
  notes: string[];
}

/** `output`: null: it is only shown. Throws Refusal `not_portable`, `story_not_found`, `file_exists` and `state_unwritable`. */
export function importFile(context: Context, file: string, output: string | null): ImportedStory {
  const imported = importExperiment(read(resolve(context.cwd, file)));
  if ('problems' in imported) {
    const { isExperiment, problems } = imported;
    const what = isExperiment ? 'cannot be imported' : 'is no experiment of Chaos Toolkit';
    throw new Refusal(
      'not_portable',
      `${file} ${what}: ${problems.join('; ')}.`,
      isExperiment ? 'Take these out of the experiment, and try again.' : OTHER_FILE,
    );
  }
  const { name, text, notes } = imported;
  if (output === null) return { name, text, path: null, notes };
  const path = resolve(context.cwd, output);
  write(path, text);
  return { name, text, path, notes };
}

function read(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refusal(
      'story_not_found',
      `${path} cannot be read: ${code ?? message.split('\n')[0]}.`,
      OTHER_FILE,
    );
  }
}

export function write(path: string, text: string): void {
  if (existsSync(path))
    throw new Refusal(
      'file_exists',
      `${path} is there already.`,
      'Name another file with --output.',
    );
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refusal(
      'state_unwritable',
      `${path}: ${code ?? message}.`,
      'Name another file with --output.',
    );
  }
}
