/** The story that is told when a stack has none of its own: eight chapters, one fault, and every claim in them true. */

import { specOf } from '../fault/fault-kind.ts';
import { kill } from '../fault/kinds/kill.ts';
import { nameFrom } from './file/schema-terms.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { Action, Chapter, InjectSpec, Story } from './story.ts';
import type { WorkloadSpec } from './workload-spec.ts';

const COUNTDOWN_MS = 3000;
const DETECT_WITHIN_MS = 10_000;
const WELL_WITHIN_MS = 30_000;

/** `baseline` is what the demo had that this grew from; always labelled as simulated. */
const SIMULATED: WorkloadSpec = { kind: 'simulated', baseline: 10_000 };

const EVERY_INSTANCE: ProbeSpec = {
  look: 'container',
  service: null,
  state: null,
  health: null,
  max_restarts: null,
  oom_killed: null,
  name: 'every instance',
  timeout_ms: 5000,
  retry_for_ms: WELL_WITHIN_MS,
  interval_ms: 1000,
};

/** `name`: of the folder. With the process engine the caller fills in the services. */
export function defaultStory({ name, engine }: Pick<Story, 'name' | 'engine'>): Story {
  return {
    name: nameFrom(name),
    engine,
    compose: { files: [], project: null, profiles: [] },
    swarm: { stack: null, context: null, nodes: {} },
    services: {},
    kubernetes: null,
    tools: { image: null },
    protect: [],
    leader: [],
    blast_radius: { max_targets: null, max_unavailable: null },
    production: { labels: [], contexts: [] },
    workload: SIMULATED,
    steady_state: {
      thresholds: [],
      probes: [],
      objective: null,
      recover_within_ms: null,
    },
    abort_if: [],
    metrics: null,
    notify: [],
    hooks: {},
    telemetry: null,
    chapters: chapters(name),
  };
}

function chapters(name: string): Chapter[] {
  return [
    chapter('welcome', 'Welcome', {
      narration: [
        `Welcome to a game day with ${name}.`,
        'One instance of it will be killed on purpose. We look at what notices it, collect the evidence, and bring it back.',
        'Nothing is broken before the countdown in chapter 4 has ended.',
      ],
      notes: [
        'Every chapter waits for you. Ctrl-C during the countdown cancels it, and nothing is changed.',
      ],
    }),
    chapter('cluster-health', 'Cluster Health', {
      narration: [
        'Before anything is broken: every instance of the stack, with its state and its health.',
      ],
      notes: ['An instance that is still starting gets 30 seconds to become well.'],
      on_enter: [{ do: 'probe', probe: EVERY_INSTANCE }],
    }),
    chapter('load-generation', 'Load Generation', {
      narration: [
        'The load begins. It is simulated: a curve around 10,000 operations a second. No request is sent, and nothing is measured.',
        'A story of your own with a workload in it shows the impact on real clients.',
      ],
      on_enter: [{ do: 'workload', to: 'start' }],
    }),
    chapter('fault-injection', 'Fault Injection', {
      narration: [
        'One running instance, drawn at random, gets SIGKILL when the countdown reaches zero.',
      ],
      notes: [
        'The next chapter stays closed until the fault is in force. If this one fails, it can be retried.',
      ],
      on_enter: [{ do: 'inject', inject: KILL_ONE }],
      blocks_advance: true,
    }),
    chapter('detection', 'Detection', {
      narration: [
        'Did anything notice? We watch the engine, the health checks and the workload, and read the time from the fault.',
      ],
      on_enter: [{ do: 'detect', within_ms: DETECT_WITHIN_MS }],
    }),
    chapter('diagnosis', 'Diagnosis', {
      narration: [
        'The evidence on what was hit: its state, its exit code, whether memory ran out, its restarts, and its last log lines.',
      ],
      on_enter: [{ do: 'diagnose' }],
    }),
    chapter('recovery', 'Recovery', {
      narration: [
        'Exactly what was broken is brought back. It counts as recovered when it runs, and is healthy if it has a health check.',
      ],
      on_enter: [{ do: 'recover', fault: 'all' }],
      auto_advance: true,
    }),
    chapter('demo-complete', 'Demo Complete', {
      narration: [
        'One instance was killed, and brought back. The journal of this run has every step with its time.',
      ],
    }),
  ];
}

const KILL_ONE: InjectSpec = {
  ...specOf(kill),
  service: null,
  labels: [],
  pick: { by: 'random' },
  exclude: [],
  overrule: [],
  count: 1,
  seed: null,
  countdown_ms: COUNTDOWN_MS,
  duration_ms: null,
};

interface Script {
  narration: string[];
  notes?: string[];
  on_enter?: Action[];
  auto_advance?: boolean;
  blocks_advance?: boolean;
}

function chapter(
  id: string,
  title: string,
  { narration, notes = [], on_enter = [], auto_advance = false, blocks_advance = false }: Script,
): Chapter {
  return {
    id,
    title,
    narration: narration.join('\n'),
    notes: notes.join('\n'),
    hypothesis: [],
    on_deviation: 'stop',
    on_enter,
    auto_advance,
    blocks_advance,
  };
}
