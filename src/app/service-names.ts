/** Names of services for hints, where no stack runs that could be asked. */
import type { Place } from './locate.ts';

const HINT_MS = 10_000;

/** The services that the Compose files have, for a stack that does not run; empty where they cannot be read. */
export async function readServiceNames({ story, folder }: Place): Promise<string[]> {
  if (story.engine !== 'compose') return [];
  const { readComposeModel } = await import('../engine/compose/compose-model.ts');
  const query = { cwd: folder, ...story.compose, limitMs: HINT_MS };
  const model = await readComposeModel(query).catch(() => null);
  return model?.services.map(({ name }) => name) ?? [];
}
