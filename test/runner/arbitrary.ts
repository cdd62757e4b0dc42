/** Arbitrary stories, commands and perils for the stage. */
import fc from 'fast-check';
import { specOf } from '../../src/fault/fault-kind.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import type { Pick } from '../../src/fault/selectors.ts';
import type { ProbeSpec } from '../../src/story/probe-spec.ts';
import type { Action, InjectSpec, Story } from '../../src/story/story.ts';
import type { Peril } from './peril.ts';
import { storyWith } from './scripts.ts';
import type { Command } from './theatre.ts';

const specs: fc.Arbitrary<InjectSpec> = fc
  .record({
    kind: fc.constantFrom(...OWN_KINDS),
    service: fc.constantFrom(
      null,
      'web',
      'web-2',
      'store',
      'cache',
      'cache-1',
      'grafana',
      'nobody',
    ),
    labels: fc.constant([]),
    pick: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Pick>({ by: 'random' }) },
      { weight: 2, arbitrary: fc.constant<Pick>({ by: 'all' }) },
      { weight: 1, arbitrary: fc.constant<Pick>({ by: 'command', command: { argv: ['pick'] } }) },
    ),
    count: fc.integer({ min: 1, max: 2 }),
    exclude: fc.constantFrom([], [], ['web-1']),
    overrule: fc.constantFrom([], ['last_healthy'] as const),
    seed: fc.option(fc.nat()),
    countdown_ms: fc.constantFrom(0, 0, 1500, 3000),
    duration_ms: fc.constantFrom(null, null, 2000),
  })
  .map(({ kind, ...rest }) => ({ ...specOf(kind), ...rest }));

const WELL: ProbeSpec = {
  look: 'container',
  service: null,
  state: null,
  health: null,
  max_restarts: null,
  oom_killed: null,
  name: 'all',
  timeout_ms: 1000,
  retry_for_ms: 1000,
  interval_ms: 250,
};

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: specs.map((inject): Action => ({ do: 'inject', inject })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('all', 'f1', 'f2')
      .map((fault): Action => ({ do: 'recover', fault })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Action>(
      { do: 'workload', to: 'start' },
      { do: 'workload', to: 'stop' },
      { do: 'detect', within_ms: 1000 },
      { do: 'diagnose' },
      { do: 'wait', delay_ms: 1000 },
      { do: 'probe', probe: WELL },
    ),
  },
);

export const stories: fc.Arbitrary<Story> = fc
  .record({
    engine: fc.constantFrom('compose' as const, 'process' as const, 'swarm' as const),
    max_targets: fc.constantFrom(null, null, 1, 3),
    max_unavailable: fc.constantFrom(null, { share: 1 }, { share: 1 }),
    chapters: fc.array(
      fc.record({
        on_enter: fc.array(actions, { maxLength: 3 }),
        auto_advance: fc.boolean(),
        blocks_advance: fc.boolean(),
      }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  })
  .map(({ engine, max_targets, max_unavailable, chapters }) =>
    storyWith(chapters, { engine, blast_radius: { max_targets, max_unavailable } }),
  );

const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Command>({ do: 'next' }) },
  { weight: 3, arbitrary: specs.map((spec): Command => ({ do: 'inject', spec })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('all', 'all', 'f1', 'f2', 'f9')
      .map((which): Command => ({ do: 'recover', which })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Command>({ do: 'back' }, { do: 'retry' }, { do: 'watchdog' }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'watchdog aborts' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Command>(
      { do: 'reset' },
      { do: 'workload', to: 'start' },
      { do: 'workload', to: 'stop' },
    ),
  },
);

const at = fc.integer({ min: 1, max: 25 });

const perils: fc.Arbitrary<Peril> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Peril>({ kind: 'none' }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('death' as const),
      at,
      how: fc.constantFrom('not asked', 'answer lost', 'on its way'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('signal' as const), at }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('failure' as const),
      at,
      how: fc.constantFrom('refused', 'unsure, not done', 'unsure, done'),
    }),
  },
);

export interface Turn {
  command: Command;
  peril: Peril;
  /** Until the next command. */
  pauseMs: number;
  /** So long after it has begun, a condition of the story holds; null: it never does. */
  abortAfterMs: number | null;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  command: commands,
  peril: perils,
  pauseMs: fc.constantFrom(0, 50, 500, 3000),
  abortAfterMs: fc.constantFrom(null, null, null, null, 50, 1200),
});

export const turns: fc.Arbitrary<Turn[]> = fc.array(turn, { minLength: 1, maxLength: 8 });

/** What somebody else does to the stack in between, by hand. `which`: of the instances, by their order. */
interface Meddling {
  meddle: 'start' | 'kill' | 'stop' | 'pause' | 'unpause' | 'recreate' | 'remove';
  which: number;
}

const meddlings: fc.Arbitrary<Meddling> = fc.record({
  meddle: fc.constantFrom(
    'start',
    'start',
    'kill',
    'stop',
    'pause',
    'unpause',
    'recreate',
    'recreate',
    'remove',
  ),
  which: fc.nat({ max: 5 }),
});

/** Turns with somebody's hand between them. */
export const disturbedTurns: fc.Arbitrary<(Turn | Meddling)[]> = fc.array(
  fc.oneof({ weight: 2, arbitrary: turn }, { weight: 1, arbitrary: meddlings }),
  { minLength: 1, maxLength: 10 },
);
