/** The model is held to the same contract as the engines that it stands for. */
import { engineContract } from '../engine/contract.ts';
import { realClock } from './clock.ts';
import { MODEL_BANNER, ModelEngine } from './model-engine.ts';

for (const kind of ['compose', 'process'] as const) {
  engineContract(`model of ${kind}`, async () => {
    const services = [
      { service: 'web', replicas: 2, restart: 'no', hasHealth: false },
      { service: 'keeper', replicas: 1, restart: 'always', hasHealth: true },
    ] as const;
    const engine = new ModelEngine(kind, services, realClock);
    await engine.up();
    return { engine, banner: MODEL_BANNER, cleanup: () => engine.down() };
  });
}
