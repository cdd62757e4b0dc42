/** The process engine under the suite that all engines pass. What it alone has stands in the other `process-*.test.ts`. */

import { makeStack, service } from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { engineContract } from './contract.ts';

engineContract('process', async () => {
  const port = await freePorts(3);
  const health = { http: '/healthz' };
  const { engine, cleanup } = await makeStack({
    web: service({ replicas: 2, port, health }),
    keeper: service({ port: port + 2, health, restart: 'always' }),
  });
  try {
    await engine.up();
  } catch (error) {
    await cleanup();
    throw error;
  }
  // The suite reads the log of web-1.
  return { engine, banner: `listening for ${port}`, cleanup };
});
