/** Opens the engine that the story or a flag asks for; the other one is never imported. */
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { holdLock } from '../journal/index.ts';
import type { Place } from './locate.ts';

export async function openEngine(place: Place, allowRemote: boolean): Promise<Engine> {
  const { story, folder, stateDir, recorded } = place;
  if (story.engine === 'process') {
    const { openProcessEngine } = await import('../engine/process/process.ts');
    return openProcessEngine({
      project: story.name,
      services: story.services,
      stateDir: join(stateDir, 'processes'),
      cwd: folder,
      hold: (path) => holdLock(path, { patienceMs: 0 }),
    });
  }
  const { openComposeEngine } = await import('../engine/compose/compose.ts');
  return openComposeEngine({ cwd: folder, ...story.compose, recorded, allowRemote });
}
