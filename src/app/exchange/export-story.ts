/** Writes the story as an experiment of Chaos Toolkit. Runs nothing of it. */
import { resolve } from 'node:path';
import { exportStory } from '../../story/chaostoolkit/export.ts';
import { askCatalogue, type Context, findPlace } from '../context.ts';
import { write } from './import-experiment.ts';

export interface ExportedStory {
  experiment: Record<string, unknown>;
  /** Absolute; null: it is only shown. */
  path: string | null;
  notes: string[];
}

/** `output`: null: it is only shown. Throws Refusal, as `findPlace` does, `file_exists` and `state_unwritable`. */
export async function exportFile(context: Context, output: string | null): Promise<ExportedStory> {
  const { story, storyPath } = await findPlace(context);
  const { kinds } = await askCatalogue(context);
  const { bin, topicSeparator: separator } = context.host;
  const { experiment, notes } = exportStory(story, { bin, separator, storyPath, kinds });
  if (output === null) return { experiment, path: null, notes };
  const path = resolve(context.cwd, output);
  write(path, `${JSON.stringify(experiment, null, 2)}\n`);
  return { experiment, path, notes };
}
