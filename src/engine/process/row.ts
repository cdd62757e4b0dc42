/** The row of the embedded engine: local processes that gameday starts and stops. What they are stands in the story alone, since it may hold secrets. */
import { join } from 'node:path';
import type { EngineKind } from '../engine-kind.ts';

export const process: EngineKind = {
  kind: 'process',
  owned: true,
  async open({ name, services }, { folder, stateDir }) {
    const { openProcessEngine } = await import('./process.ts');
    return openProcessEngine({
      project: name,
      services,
      stateDir: join(stateDir, 'processes'),
      cwd: folder,
    });
  },
  specOf: () => null,
};
