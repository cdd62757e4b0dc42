/** The tree of queues in which packets of a container wait: what the kernel is told, without a kernel. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { netemOf, whyNoNetem } from '../../src/engine/docker/network-netem.ts';
import {
  freeSlot,
  hasQueue,
  type markOf,
  queueScript,
} from '../../src/engine/docker/network-queues.ts';
import { tablesOf } from '../../src/engine/docker/network-rules.ts';
import type { NetworkEffect } from '../../src/fault/network-effect.ts';

const TRAFFIC = { on: 'network', peers: null, port: null, direction: 'out' } as const;
const delay = (slot: number) =>
  ({ ...TRAFFIC, does: 'delay', delay_ms: 100, jitter_ms: 0, slot }) as const;
const corrupt = { ...TRAFFIC, does: 'corrupt', share: 0.1, slot: 1 } as const;
const rate = { ...TRAFFIC, does: 'shape', bits_per_s: 1e6, slot: 0 } as const;

/** Of each class: its number and its netems, one behind the other. */
function classes(...effects: Parameters<typeof markOf>[0][]): Record<string, string[]> {
  const lines = queueScript(
    effects.map((effect) => ({ effect })),
    'eth0',
  ).split('\n');
  const found: Record<string, string[]> = {};
  let last: string[] = [];
  for (const line of lines) {
    const id = / classid c4a0:(\w+) htb/.exec(line)?.[1];
    if (id) last = found[id] = [];
    const netem = / netem limit \d+ (\w+)/.exec(line)?.[1];
    if (netem) last.push(netem);
  }
  return found;
}

describe('the queues of a network', () => {
  it('have a class for whatever the rules may come to', () => {
    expect(classes(delay(0))).to.deep.equal({ 1: ['delay'] });
    expect(classes(corrupt, delay(0))).to.deep.equal({
      1: ['delay'],
      2: ['corrupt'],
      3: ['delay', 'corrupt'],
    });
    expect(classes(rate, delay(0))).to.deep.equal({ 1: ['delay'], 60: [], 40: [], 41: ['delay'] });
  });

  it('have a handle each on a device', () => {
    const all = [0, 1, 2, 3, 4].map(delay);
    const rates = Array.from({ length: 15 }, (_, slot) => ({ ...rate, slot }));
    const script = queueScript(
      [...all, ...rates].map((effect) => ({ effect })),
      'eth0',
    );
    const handles = [...script.matchAll(/ handle (1\w+): netem/g)].map(([, handle]) => handle);
    expect(handles).to.have.lengthOf(16 * 80);
    expect(new Set(handles).size).to.equal(handles.length);
  });

  it('give each fault a number of its own among its sort, as long as there are some', () => {
    expect(freeSlot(delay(0), [])).to.equal(0);
    expect(freeSlot(delay(0), [delay(0), corrupt, delay(3)])).to.equal(2);
    expect(freeSlot(rate, [delay(0), corrupt])).to.equal(0);
    expect(freeSlot(corrupt, [0, 1, 2, 3, 4].map(delay))).to.equal(null);
  });

  it('are looked for by the class of the fault alone', () => {
    const netem = { kind: 'netem', handle: '1012:', parent: 'c4a0:2', dev: 'eth0' };
    expect(hasQueue(corrupt, [netem])).to.equal(true);
    expect(hasQueue(delay(0), [netem])).to.equal(false);
    expect(hasQueue({ ...TRAFFIC, does: 'reset' }, [])).to.equal(true);
  });

  it('keep the share of a loss whatever its correlation is', () => {
    const loss = { ...TRAFFIC, does: 'drop', share: 0.2, correlation: 0.25 } as const;
    // Lost is p of p + r; of the next one it is known by as much as neither happens.
    const [, p, r] = /loss gemodel ([\d.]+)% ([\d.]+)%/.exec(netemOf(loss)) ?? [];
    const [into, out] = [Number(p) / 100, Number(r) / 100];
    expect(into / (into + out)).to.be.closeTo(0.2, 1e-9);
    expect(1 - into - out).to.be.closeTo(0.25, 1e-9);
  });

  it('get their packets by rules that leave the numbers of others', () => {
    const rules = [
      { fault: 'f1', effect: delay(0) },
      { fault: 'f2', effect: corrupt },
      { fault: 'f3', effect: rate },
    ].map((each) => ({ ...each, peers: null, left_ms: null }));
    const text = tablesOf(rules);
    expect([...text.matchAll(/priority set meta priority (.*) comment/g)].map(([, to]) => to))
      .to //
      .deep.equal(['| 0:1', '| 0:2', '& ffff:3f | 0:40']);
  });

  it('are refused what they cannot do', () => {
    const refused: NetworkEffect[] = [
      { ...delay(0), direction: 'in' },
      { ...delay(0), correlation: 0.25 },
      { ...corrupt, correlation: 0.25 },
      { ...TRAFFIC, does: 'duplicate', share: 0.1, correlation: 0.25 },
      { ...TRAFFIC, does: 'duplicate', share: 0.1, direction: 'both' },
      { ...TRAFFIC, does: 'drop', share: 0.1, correlation: 1 },
    ];
    for (const effect of refused)
      expect(whyNoNetem(effect), JSON.stringify(effect)).to.be.a('string');
    const had: NetworkEffect[] = [
      delay(0),
      { ...delay(0), jitter_ms: 10, correlation: 0.25, distribution: 'normal' },
      { ...TRAFFIC, does: 'drop', share: 0.1, direction: 'both' },
    ];
    for (const effect of had) expect(whyNoNetem(effect)).to.equal(null);
  });
});
