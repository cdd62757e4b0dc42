/** How long a show takes: what adds up, and what must hold for any story. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { specOf } from '../../src/fault/fault-kind.ts';
import { kill } from '../../src/fault/kinds/kill.ts';
import { estimateStory } from '../../src/story/estimate.ts';
import type { Action, Chapter, SteadyState } from '../../src/story/story.ts';
import { storyOf } from './parsing.ts';

const STEADY: SteadyState = {
  thresholds: [],
  probes: [],
  objective: null,
  recover_within_ms: 30_000,
};

const chapter = (on_enter: Action[], narration = ''): Chapter => ({
  id: 'a',
  title: 'A',
  narration,
  notes: '',
  hypothesis: [],
  on_deviation: 'stop',
  on_enter,
  auto_advance: false,
  blocks_advance: false,
});

const of = (...chapters: Chapter[]) =>
  estimateStory({ chapters, steady_state: STEADY, workload: null });
const inject = (countdownMs: number): Action => ({
  do: 'inject',
  inject: {
    ...specOf(kill),
    service: null,
    labels: [],
    pick: { by: 'random' },
    count: 1,
    exclude: [],
    overrule: [],
    seed: null,
    countdown_ms: countdownMs,
    duration_ms: null,
  },
});
const recover: Action = { do: 'recover', fault: 'all' };
const wait = (delayMs: number): Action => ({ do: 'wait', delay_ms: delayMs });

describe('the estimate of a show', () => {
  const bare = of(chapter([]));

  it('counts what is read aloud, and not the notes', () => {
    const hundred = Array(100).fill('word').join(' \n');
    expect(of(chapter([], hundred)).reading_ms - bare.reading_ms).to.equal(40_000);
    expect(of({ ...chapter([]), notes: hundred })).to.deep.equal(bare);
  });

  it('counts waits and countdowns as they stand', () => {
    const { typical_ms, longest_ms } = of(chapter([wait(7000)]));
    expect([typical_ms - bare.typical_ms, longest_ms - bare.longest_ms]).to.deep.equal([
      7000, 7000,
    ]);
    expect(of(chapter([inject(9000)])).typical_ms - of(chapter([inject(0)])).typical_ms).to.equal(
      9000,
    );
  });

  it('counts a recovery for each fault that is live by then, at most as long as the story lets it', () => {
    const longest = (...actions: Action[]) => of(chapter(actions)).longest_ms - bare.longest_ms;
    const fault = longest(inject(0));
    expect(longest(recover)).to.equal(0);
    expect(longest(inject(0), recover)).to.equal(fault + 30_000);
    expect(longest(inject(0), inject(0), recover)).to.equal(2 * fault + 60_000);
    expect(longest(inject(0), inject(0), { do: 'recover', fault: 'f1' })).to.equal(
      2 * fault + 30_000,
    );
    expect(longest(inject(0), recover, recover)).to.equal(fault + 30_000);
    const across = of(chapter([inject(0)]), chapter([recover]));
    expect(across.longest_ms).to.equal(
      of(chapter([inject(0), recover])).longest_ms + bare.longest_ms,
    );
  });

  it('takes the limits of probes, detection and programs for what they can take at most', () => {
    const looks = { name: 'a', timeout_ms: 5000, retry_for_ms: 30_000, interval_ms: 1000 };
    const probe: Action = { do: 'probe', probe: { look: 'tcp', host: 'a', port: 1, ...looks } };
    const run: Action = { do: 'run', command: { argv: ['true'] }, timeout_ms: 60_000 };
    const longest =
      of(chapter([probe, { do: 'detect', within_ms: 10_000 }, run])).longest_ms - bare.longest_ms;
    expect(longest).to.equal(35_000 + 10_000 + 60_000);
  });

  it('takes a ramp for as long as it is, and a set-up for what it has to do', () => {
    const start = chapter([{ do: 'workload', to: 'start' }]);
    const spanOf = (workload: string) => {
      const story = storyOf(`workload: ${workload}\nchapters: [{ title: A }]`);
      return estimateStory({ chapters: [start], steady_state: STEADY, workload: story.workload });
    };
    const plain = spanOf('{ kind: tcp, port: 1 }');
    const ramped = spanOf(
      '{ kind: tcp, port: 1, ramp: [{ to: 9/s, over: 30s }, { to: 5/s, over: 1m }] }',
    );
    expect([
      ramped.typical_ms - plain.typical_ms,
      ramped.longest_ms - plain.longest_ms,
    ]).to.deep.equal([90_000, 90_000]);
    const setUp = spanOf(
      '{ kind: redis, keys: 50000, setup: [{ command: [FLUSHALL] }, { command: [SET, "{{key}}", 1] }] }',
    );
    expect(setUp.typical_ms - plain.typical_ms).to.be.within(1000, 120_000);
    const program = spanOf(
      '{ kind: command, command: [a], pattern: k6, setup: { command: [b], timeout: 5m } }',
    );
    expect(program.longest_ms - plain.longest_ms).to.equal(300_000);
  });

  const action: fc.Arbitrary<Action> = fc.oneof(
    fc.nat(60_000).map(inject),
    fc.nat(60_000).map(wait),
    fc.constantFrom<Action>(
      recover,
      { do: 'recover', fault: 'f1' },
      { do: 'diagnose' },
      { do: 'workload', to: 'start' },
      { do: 'workload', to: 'stop' },
    ),
    fc.nat(60_000).map((within): Action => ({ do: 'detect', within_ms: within })),
    fc
      .nat(60_000)
      .map((timeout): Action => ({ do: 'run', command: { shell: 'x' }, timeout_ms: timeout })),
  );
  const anyChapter = fc
    .tuple(fc.array(action), fc.lorem())
    .map(([actions, narration]) => chapter(actions, narration));

  it('is at least the reading, at most the longest, and the sum of its chapters, for any story', () => {
    fc.assert(
      fc.property(fc.array(anyChapter), anyChapter, (chapters, last) => {
        const whole = of(...chapters, last);
        for (const each of [whole, ...whole.chapters]) {
          expect(each.typical_ms).to.be.within(each.reading_ms, each.longest_ms);
        }
        for (const key of ['typical_ms', 'longest_ms', 'reading_ms'] as const) {
          expect(whole[key]).to.equal(whole.chapters.reduce((total, each) => total + each[key], 0));
        }
        expect(whole.typical_ms).to.be.above(of(...chapters).typical_ms);
      }),
    );
  });
});
