/**
 * `npm run test:walks -- 1000`: so many random walks on each real engine.
 * `--engine compose|process`, `--seed N --path P` (as a failure printed them), `--workers N`, `--length N`.
 */
import { parseArgs } from 'node:util';
import { mochaGlobalSetup, mochaGlobalTeardown } from '../docker/global-setup.ts';
import * as sweep from '../sweep.ts';
import { makeComposeStack } from './compose-stack.ts';
import { makeProcessStack } from './process-stack.ts';
import { describeWalk } from './walk.ts';
import { takeWalks } from './walks.ts';

const ENGINES = { process: makeProcessStack, compose: makeComposeStack };
const SHRINK_MS = 600_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    workers: { type: 'string', default: '2' },
    length: { type: 'string', default: '8' },
  },
});

await mochaGlobalSetup();
await sweep.mochaGlobalSetup();
try {
  for (const [engine, make] of Object.entries(ENGINES))
    if (values.engine === undefined || values.engine === engine) await walkOn(engine, make);
} finally {
  await sweep.mochaGlobalTeardown();
  await mochaGlobalTeardown();
}

async function walkOn(engine: string, make: (typeof ENGINES)[keyof typeof ENGINES]): Promise<void> {
  let count = 0;
  const begun = performance.now();
  try {
    const wasDone = await takeWalks({
      make,
      runs: Number(positionals[0] ?? 50),
      workers: values.path === undefined ? Number(values.workers) : 1,
      length: Number(values.length),
      shrinkMs: SHRINK_MS,
      ...(values.seed !== undefined && { seed: Number(values.seed) }),
      ...(values.path !== undefined && { path: values.path }),
      onWalk: (steps, tookMs, error) => {
        const how = error === null ? 'as before' : 'NOT AS BEFORE';
        console.log(`${engine} ${++count}: ${how}, ${(tookMs / 1000).toFixed(1)} s`);
        if (error !== null) console.log(`${describeWalk(steps)}\n${(error as Error).message}`);
      },
    });
    const took = `${Math.round((performance.now() - begun) / 1000)} s`;
    console.log(wasDone ? `${engine}: ${count} walks in ${took}` : `${engine}: not to be had here`);
  } catch (error) {
    console.error(`${engine}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
