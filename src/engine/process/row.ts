/** The row of the embedded engine: local processes that gameday starts and stops. */
import { join } from 'node:path';
import type { EngineKind } from '../engine-kind.ts';

const load = () => import('./process.ts');

export const process: EngineKind = {
  kind: 'process',
  owned: true,
  load,
  async open({ name, services }, { folder, stateDir }) {
    const { openProcessEngine } = await load();
    return openProcessEngine({
      project: name,
      services,
      stateDir: join(stateDir, 'processes'),
      cwd: folder,
    });
  },
};
