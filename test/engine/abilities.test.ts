/** Every ability of local processes, and of the model engine, under the one contract of abilities: a row an ability. */
import { pictureOfProcesses } from '../fixtures/process/outside.ts';
import { makeStack, service } from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { realClock } from '../runner/clock.ts';
import { ModelEngine } from '../runner/model-engine.ts';
import { type AbilityRow, abilityContract } from './ability-contract.ts';
import { effectOf } from './docker-stack.ts';

const LIFECYCLE: AbilityRow = { target: 'web-1', one: effectOf('pause'), other: null };

abilityContract(
  'process',
  async () => {
    const port = await freePorts(2);
    const health = { http: '/healthz' };
    const { engine, folder, cleanup } = await makeStack({
      web: service({ port, health }),
      keeper: service({ port: port + 1, health, restart: 'always' }),
    });
    try {
      await engine.up();
    } catch (error) {
      await cleanup();
      throw error;
    }
    const ports = { 'web-1': port, 'keeper-1': port + 1 };
    return { engine, picture: () => pictureOfProcesses(folder, ports), cleanup };
  },
  [
    LIFECYCLE,
    {
      target: 'web-1',
      one: effectOf('partition'),
      other: effectOf('delay', { time: '50ms' }),
    },
    {
      target: 'web-1',
      one: effectOf('http', { status: '500' }),
      other: effectOf('http', { path: '/healthz', cut: 'head' }),
    },
    {
      target: 'web-1',
      one: effectOf('cpu', { cores: 0.1, how: 'stress' }),
      other: effectOf('memory', { size: '80mb', how: 'fill' }),
    },
  ],
  ['resources', 'files', 'io'],
);

for (const kind of ['compose', 'process', 'swarm'])
  abilityContract(`model of ${kind}`, async () => {
    const services = [
      { service: 'web', replicas: 2, restart: 'no', hasHealth: false },
      { service: 'keeper', replicas: 1, restart: 'always', hasHealth: true },
    ] as const;
    const engine = new ModelEngine(kind, services, realClock);
    await engine.up();
    return { engine, cleanup: () => engine.down() };
  }, [LIFECYCLE]);
