/** What is written of `cpu` and `memory` becomes a limit or a load, and a share an amount. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { findKind, readParams, specOf } from '../../src/fault/fault-kind.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import { amountsOf } from '../../src/fault/resource-effect.ts';
import { sharedParam } from '../../src/fault/shared-param.ts';

const MB = 1024 ** 2;

describe('processor time and memory', () => {
  const read = (kind: string, written: Record<string, unknown>) => {
    const row = findKind(OWN_KINDS, kind);
    const found = readParams(row, written, OWN_KINDS);
    return 'problems' in found ? found.problems : specOf(row, found.values);
  };

  it('are limited, or used up', () => {
    expect(read('cpu', { cores: '0.5' })).to.deep.include({
      effect: { on: 'resources', cpus: 0.5 },
      words: { doing: 'throttling', done: 'throttled', undo: 'restore' },
    });
    expect(read('cpu', { share: '50%', how: 'stress' })).to.deep.include({
      effect: { on: 'stress', cpu_share: 0.5 },
      words: { doing: 'stressing', done: 'stressed', undo: 'relieve' },
    });
    expect(read('memory', { size: '64mb' })).to.deep.include({
      effect: { on: 'resources', memory: 64 * MB },
    });
    expect(read('memory', { share: '25%', how: 'fill' })).to.deep.include({
      effect: { on: 'stress', memory_share: 0.25 },
      words: { doing: 'filling the memory of', done: 'memory-filled', undo: 'free' },
    });
  });

  it('take an amount or a share, and exactly one of the two', () => {
    for (const [kind, param, written] of [
      ['cpu', 'cores', {}],
      ['cpu', 'cores', { cores: '1', share: '50%' }],
      ['memory', 'size', { how: 'fill' }],
      ['memory', 'size', { size: '64mb', share: '50%' }],
    ] as const)
      expect(read(kind, written)).to.deep.equal([
        { param, message: `expected either ${param} or share`, hint: null },
      ]);
  });

  it('have shares of what the target may use', () => {
    const most = { cpus: 2, memory: 512 * MB };
    expect(amountsOf({ on: 'stress', cpu_share: 0.25 }, most)).to.deep.equal({ cpus: 0.5 });
    expect(amountsOf({ on: 'stress', memory_share: 0.5 }, most)).to.deep.equal({
      memory: 256 * MB,
    });
    expect(amountsOf({ on: 'resources', cpus: 3, memory: MB }, most)).to.deep.equal({
      cpus: 3,
      memory: MB,
    });
  });

  it('share their words with other kinds, each with its own meaning', () => {
    const { help, values } = sharedParam(OWN_KINDS, 'how');
    expect(values).to.include.members(['freeze', 'kill', 'quota', 'stress', 'limit', 'fill']);
    expect(help).to.match(/process: freeze them.*; cpu: quota: .*; memory: limit: /);
    expect(sharedParam(OWN_KINDS, 'cores').values).to.equal(null);
  });
});
