/** What whoever is sent metrics is told of a state that is over. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GoneStates } from '../../src/app/watchdog/gone-states.ts';
import type { Metric } from '../../src/view/outlets/figures.ts';

const about = { name: 'x', help: '', unit: '' } as const;
const state = (...faults: string[]): Metric => ({
  ...about,
  kind: 'state',
  samples: faults.map((fault) => ({ attributes: { fault }, value: 1 })),
});

describe('states that are over', () => {
  const valuesOf = (metrics: Metric[]) =>
    metrics.flatMap((metric) =>
      metric.kind === 'state'
        ? metric.samples.map(({ attributes, value }) => `${attributes.fault}=${value}`)
        : [],
    );

  it('are 0 for a minute, and 1 again when they are back', () => {
    const gone = new GoneStates();
    const at = (ms: number, ...faults: string[]) => valuesOf(gone.add([state(...faults)], ms));
    expect(at(0, 'f1', 'f2')).to.deep.equal(['f1=1', 'f2=1']);
    expect(at(5000, 'f2')).to.deep.equal(['f2=1', 'f1=0']);
    expect(at(10_000, 'f1')).to.deep.equal(['f1=1', 'f2=0']);
    expect(at(15_000)).to.deep.equal(['f1=0', 'f2=0']);
    expect(at(200_000), 'said once more, and forgotten').to.deep.equal(['f1=0', 'f2=0']);
    expect(at(205_000)).to.deep.equal([]);
  });

  it('leaves everything else as it is', () => {
    const rate: Metric = { ...about, kind: 'gauge', samples: [{ attributes: {}, value: 3 }] };
    const gone = new GoneStates();
    gone.add([state('f1'), rate], 0);
    expect(gone.add([rate], 1)).to.deep.equal([rate]);
  });
});
