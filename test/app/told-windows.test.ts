/** Windows of a load with a way of ours: which are kept, in which order, and when. */
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { ToldWindows } from '../../src/app/watchdog/told-windows.ts';
import type { Way } from '../../src/engine/engine.ts';
import { type Window, windowOf } from '../../src/impact/windows.ts';

const windowAt = (at: number): Window =>
  windowOf({
    at,
    dt_ms: 250,
    ok: 1,
    errors: {},
    timeouts: 0,
    dropped: 0,
    in_flight: 0,
    histogram: [],
  });

describe('windows of a load with a way of ours', () => {
  let known: number;
  let cut: [number, number];
  let kept: number[];
  let said: string[];
  let told: ToldWindows;

  beforeEach(() => {
    [known, cut, kept, said] = [0, [0, 0], [], []];
    const way: Way = {
      host: '127.0.0.1',
      port: 1,
      wasCutBetween: (from, to) =>
        from < cut[1] && to > cut[0] ? true : to <= known ? false : null,
    };
    told = new ToldWindows(
      [way],
      ({ at }) => kept.push(at),
      (text) => said.push(text),
    );
  });

  it('wait until it is known whether the way was cut, in their order', () => {
    told.add(windowAt(1000));
    told.add(windowAt(1250));
    expect(kept).to.deep.equal([]);
    known = 1400;
    told.add(windowAt(1500));
    expect(kept).to.deep.equal([1000]);
    known = 2000;
    told.add(windowAt(1750));
    expect(kept).to.deep.equal([1000, 1250, 1500, 1750]);
  });

  it('are left out while it was cut, which is said once', () => {
    told.add(windowAt(1000));
    told.add(windowAt(1250));
    [known, cut] = [1600, [1100, 1600]];
    told.add(windowAt(1500));
    known = 2000;
    told.add(windowAt(1750));
    expect(kept).to.deep.equal([1750]);
    expect(said).to.have.length(1);
  });

  it('count at the end where nothing more will be known', () => {
    told.add(windowAt(1000));
    told.end();
    expect(kept).to.deep.equal([1000]);
  });

  it('are kept at once where the load has no way of ours', () => {
    new ToldWindows(
      [],
      ({ at }) => kept.push(at),
      () => {},
    ).add(windowAt(1000));
    expect(kept).to.deep.equal([1000]);
  });
});
