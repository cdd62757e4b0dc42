/** A few walks on real engines, the same ones each time; `npm run test:walks -- 1000` takes others, as many as there is time for. */
import { describe, it } from 'mocha';
import { makeComposeStack } from './compose-stack.ts';
import { makeProcessStack } from './process-stack.ts';
import { takeWalks, type Walks } from './walks.ts';

const FEW: Omit<Walks, 'make' | 'runs'> = { workers: 2, length: 6, seed: 7, shrinkMs: 120_000 };

describe('random walks on real engines', function () {
  this.timeout(900_000);

  it('end as they began', async function () {
    if (process.platform !== 'linux') return this.skip();
    const [, onDocker] = await Promise.all([
      takeWalks({ ...FEW, make: makeProcessStack, runs: 6 }),
      takeWalks({ ...FEW, make: makeComposeStack, runs: 4 }),
    ]);
    if (!onDocker && this.test) this.test.title += ' (on local processes alone: no Docker here)';
  });
});
