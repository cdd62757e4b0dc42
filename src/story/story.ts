/**
 * The story as other rooms see it: checked, with every default filled in, durations in milliseconds.
 * `parse.ts` makes it from a file's text; nothing else does.
 */

import type { Amount } from '../fault/amount.ts';
import type { FaultSpec } from '../fault/fault-kind.ts';
import type { Production } from '../fault/guards.ts';
import type { Selector } from '../fault/selectors.ts';
import type { AbortCondition } from '../impact/abort-condition.ts';
import type { SteadyStateLimits } from '../impact/steady-state.ts';
import type { Command } from '../terms/command.ts';
import type { HypothesisItem, OnDeviation } from './hypothesis-spec.ts';
import type { LeaderSpec } from './leader-spec.ts';
import type { Hooks, NotifySpec, TelemetrySpec } from './outlet-spec.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { Repeat } from './repeat.ts';
import type { WorkloadSpec } from './workload-spec.ts';

export interface InjectSpec extends Selector, FaultSpec {
  countdown_ms: number;
  /** The watchdog recovers the fault after this long; null: it stays until somebody recovers it. */
  duration_ms: number | null;
  /** Left out: it is injected once. The duration is a number then. */
  repeat?: Repeat;
}

export type Action =
  | { do: 'inject'; inject: InjectSpec }
  | { do: 'recover'; fault: string | 'all' }
  | { do: 'workload'; to: 'start' | 'stop' }
  | { do: 'probe'; probe: ProbeSpec }
  /** Waits at most this long until something notices the live faults, and says what and when. */
  | { do: 'detect'; within_ms: number }
  | { do: 'diagnose' }
  | { do: 'run'; command: Command; timeout_ms: number }
  | { do: 'wait'; delay_ms: number };

export interface Chapter {
  id: string;
  title: string;
  narration: string;
  /** For the presenter only; shown by `chapter show --notes`. */
  notes: string;
  /** What it expects of the faults that it injects; empty: nothing is checked. */
  hypothesis: HypothesisItem[];
  on_deviation: OnDeviation;
  on_enter: Action[];
  auto_advance: boolean;
  blocks_advance: boolean;
}

export interface SteadyState extends SteadyStateLimits {
  /** Looked at before a fault, all the time while it is live or a workload runs, and after it. Their names differ. */
  probes: ProbeSpec[];
}

/** One service of the process engine. */
export interface ProcessService {
  command: string[];
  replicas: number;
  /** Of the first replica; the next ones count up. */
  port: number | null;
  env: Record<string, string>;
  health: { http: string } | { tcp: true } | null;
  restart: 'no' | 'always';
  /** Absolute. */
  working_dir: string;
}

/** A stack on a Docker Swarm. */
export interface SwarmStack {
  /** Null: as the story is called. */
  stack: string | null;
  /** The docker context of a manager; null: as the docker CLI finds its engine. */
  context: string | null;
  /** By the name of a node: the docker context or the address of its engine. */
  nodes: Record<string, string>;
}

export interface Story {
  name: string;
  /** The engine's row: `compose`, `swarm`, `kubernetes`, `process`. */
  engine: string;
  compose: { files: string[]; project: string | null; profiles: string[] };
  swarm: SwarmStack;
  services: Record<string, ProcessService>;
  /** Which namespace of which cluster; `kubeconfig`: absolute, null: where kubectl itself looks. Null: another engine, or the flags say. */
  kubernetes: { context: string; namespace: string; kubeconfig: string | null } | null;
  /** `image`: whose programs run beside a target of the Compose and the Swarm engine; null: the default one. */
  tools: { image: string | null };
  /** Services and `service-number`s. */
  protect: string[];
  /** How the leaders of clusters are found, for `pick: leader`. */
  leader: readonly LeaderSpec[];
  blast_radius: {
    /** Most targets that may be broken at one moment; null: no limit. */
    max_targets: number | null;
    /** Most of one service; null: fewer than half, and one at least. */
    max_unavailable: Amount | null;
  };
  production: Production;
  workload: WorkloadSpec | null;
  steady_state: SteadyState;
  /** Where the figures of the workload are served to Prometheus, `host:port`; null: nowhere. */
  metrics: string | null;
  /** Who is told of a run by a webhook. */
  notify: NotifySpec[];
  /** What is run when something happens. */
  hooks: Hooks;
  /** Where the run goes as a trace; null: the environment says. */
  telemetry: TelemetrySpec | null;
  /** Each of them ends every live fault at once. */
  abort_if: AbortCondition[];
  chapters: Chapter[];
}

/** Every fault of the story, in the order of its chapters. */
export function injectsOf({ chapters }: Pick<Story, 'chapters'>): InjectSpec[] {
  return chapters.flatMap(({ on_enter }) =>
    on_enter.flatMap((action) => (action.do === 'inject' ? action.inject : [])),
  );
}
