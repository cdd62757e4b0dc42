/** The parts of the proxy that decide: what rules come to together, and one direction of a connection, under any sequence of rules. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { disturbanceOf, nextEnd } from '../../src/engine/process/proxy/disturbance.ts';
import { Pipe, type Rein } from '../../src/engine/process/proxy/pipe.ts';
import type { Rule, Rules, Traffic } from '../../src/engine/process/proxy/protocol.ts';

const TRAFFIC = { on: 'network', peers: null, port: null } as const;
const NOW = 1_000_000;

function rules(...network: Rule<Traffic>[]): Rules {
  return { network, http: [] };
}

describe('what the rules of an instance come to', () => {
  const cut = (direction: 'in' | 'out' | 'both', share = 1): Traffic => ({
    ...TRAFFIC,
    does: 'drop',
    direction,
    share,
  });

  it('each rule counts in its direction, and only until its end', () => {
    const both = rules(
      { fault: 'f1', effect: cut('in'), until: null },
      { fault: 'f2', effect: cut('out'), until: NOW + 10 },
      { fault: 'f3', effect: cut('both', 0.3), until: NOW - 1 },
    );
    expect(disturbanceOf(both, NOW, new Map())).to.deep.include({
      held: { in: true, out: true },
      losses: [],
    });
    expect(disturbanceOf(both, NOW + 10, new Map()).held).to.deep.equal({ in: true, out: false });
    expect(nextEnd(both, NOW)).to.equal(NOW + 10);
    expect(nextEnd(both, NOW + 10)).to.equal(null);
  });

  it('a bandwidth that goes on is the same one, and a changed one is new', () => {
    const shape = (bits_per_s: number): Rules =>
      rules({
        fault: 'f1',
        effect: { ...TRAFFIC, does: 'shape', direction: 'out', bits_per_s },
        until: null,
      });
    const limits = new Map();
    const [first] = disturbanceOf(shape(8000), NOW, limits).limits;
    expect(first).to.include({ bytes_per_ms: 1 });
    expect(disturbanceOf(shape(8000), NOW, limits).limits[0]).to.equal(first);
    expect(disturbanceOf(shape(16_000), NOW, limits).limits[0]).not.to.equal(first);
    disturbanceOf(rules(), NOW, limits);
    expect(limits.size).to.equal(0);
  });
});

describe('one direction of a connection', () => {
  const Step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ send: fc.integer({ min: 1, max: 3000 }) }) },
    { weight: 2, arbitrary: fc.record({ held: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ delays: fc.subarray([1, 3]) }) },
    { weight: 1, arbitrary: fc.record({ bytes_per_ms: fc.constantFrom(null, 500, 5000) }) },
    { weight: 2, arbitrary: fc.record({ full: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 4 }) }) },
  );

  it('passes on every byte in its order and then the end, whatever the rules do meanwhile', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { maxLength: 30 }), async (steps) => {
        let rein: Rein = { held: false, delays: [], limits: [] };
        let isFull = false;
        let ends = 0;
        const [sent, passed]: [Buffer[], Buffer[]] = [[], []];
        const pipe = new Pipe({
          rein: () => rein,
          write: (chunk) => {
            expect(ends, 'nothing comes after the end').to.equal(0);
            passed.push(chunk);
            return !isFull;
          },
          finish: () => {
            ends += 1;
          },
          breakOff: () => expect.fail('nobody broke off'),
          holdBack: () => {},
        });
        const change = (to: Partial<Rein>) => {
          rein = { ...rein, ...to };
          pipe.flow();
        };
        for (const step of steps) {
          if ('send' in step) {
            const chunk = Buffer.alloc(step.send, sent.length % 251);
            sent.push(chunk);
            pipe.push(chunk);
          } else if ('held' in step) change({ held: step.held });
          else if ('delays' in step)
            change({ delays: step.delays.map((ms) => ({ ms, jitter_ms: ms })) });
          else if ('bytes_per_ms' in step) {
            const { bytes_per_ms } = step;
            change({ limits: bytes_per_ms === null ? [] : [{ bytes_per_ms, free_at: 0 }] });
          } else if ('full' in step) {
            isFull = step.full;
            if (!isFull) pipe.onDrain();
          } else await delay(step.wait);
        }
        pipe.end();
        isFull = false;
        pipe.onDrain();
        change({ held: false });
        const last = performance.now() + 5000;
        while (ends === 0 && performance.now() < last) await delay(1);
        expect(ends, 'it ends once').to.equal(1);
        expect(Buffer.concat(passed).equals(Buffer.concat(sent))).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });

  it('holds back who sends when much waits, and lets go again', async () => {
    const held: boolean[] = [];
    let rein: Rein = { held: true, delays: [], limits: [] };
    const pipe = new Pipe({
      rein: () => rein,
      write: () => true,
      finish: () => {},
      breakOff: () => {},
      holdBack: (waits) => held.push(waits),
    });
    pipe.push(Buffer.alloc(40_000));
    expect(held).to.deep.equal([]);
    pipe.push(Buffer.alloc(40_000));
    expect(held).to.deep.equal([true]);
    rein = { ...rein, held: false };
    pipe.flow();
    expect(held).to.deep.equal([true, false]);
  });
});
