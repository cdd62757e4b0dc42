import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fault } from '../../src/story/run.ts';
import { rateOf } from '../../src/story/windows.ts';
import { openLoad } from '../../src/workload/index.ts';
import { faultAt } from '../story/windows-made.ts';
import { Driven, until } from './servers.ts';

describe('simulated load', function () {
  this.timeout(20_000);

  it('follows the curve of the faults, with no latencies', async () => {
    let faults: Fault[] = [];
    const driven = await Driven.start(await openLoad({ kind: 'simulated', baseline: 10_000 }, { cwd: '/', faults: () => faults }));
    try {
      await until('two windows', () => driven.windows.length >= 2);
      const begun = driven.windows.length;
      const long = new Date(Date.now() - 60_000).toISOString();
      faults = [{ ...faultAt(0), injected_at: long, injecting_at: long }];
      await until('two more', () => driven.windows.length >= begun + 3);
    } finally {
      await driven.stop();
    }
    const sound = driven.windows[1];
    const fallen = driven.windows.at(-2);
    expect(rateOf(sound as never)).to.be.closeTo(10_000, 3000);
    expect(rateOf(fallen as never)).to.be.closeTo(2000, 600);
    expect(fallen).to.deep.include({ histogram: [], errors: {} });
  });
});
