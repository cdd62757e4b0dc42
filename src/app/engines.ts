/** Opens the engine that the story or a flag asks for; the other one is never imported. */
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { holdLock } from '../journal/index.ts';
import type { Place } from './locate.ts';

const ENGINES = {
  process: () => import('../engine/process/process.ts'),
  compose: () => import('../engine/compose/compose.ts'),
};

/** So that `openEngine` needs no file of this package any more. */
export async function importEngine(kind: keyof typeof ENGINES): Promise<void> {
  await ENGINES[kind]();
}

export async function openEngine(place: Place, allowRemote: boolean): Promise<Engine> {
  const { story, folder, stateDir } = place;
  if (story.engine === 'process') {
    const { openProcessEngine } = await ENGINES.process();
    return openProcessEngine({
      project: story.name,
      services: story.services,
      stateDir: join(stateDir, 'processes'),
      cwd: folder,
      hold: (path) => holdLock(path, { patienceMs: 0 }),
    });
  }
  const { openComposeEngine } = await ENGINES.compose();
  return openComposeEngine({ cwd: folder, ...story.compose, allowRemote });
}
