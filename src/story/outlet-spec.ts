/** What a story has told outside while a run goes on. */
import type { Command } from '../terms/command.ts';

/** What people and their tools are told of; everything else is progress. */
export const OCCASIONS = [
  'run_started',
  'chapter_entered',
  'fault_injected',
  'fault_recovered',
  'aborted',
  'halted',
  'deviated',
  'still_live',
  'run_ended',
] as const;

export type OccasionName = (typeof OCCASIONS)[number];

/** In whose words a webhook is told: a row each in `view/outlets/notification.ts`. */
export const SHAPES = ['json', 'slack', 'teams', 'discord', 'grafana'] as const;

export type Shape = (typeof SHAPES)[number];

export interface NotifySpec {
  /** The environment variable that holds the address, which signs in by itself. */
  url_env: string;
  /** The one that holds a bearer token; null: none is sent. */
  token_env: string | null;
  as: Shape;
  on: OccasionName[];
}

/** Requests of an `http` workload that are traced, where the story does not say how many. */
export const TRACED_PER_SECOND = 1;

/** Where the run goes by OpenTelemetry. At most one of the first two is set; neither: OpenTelemetry's own variables say. */
export interface TelemetrySpec {
  /** Of a receiver of OTLP over HTTP, without `/v1/traces` or `/v1/metrics`. */
  endpoint: string | null;
  /** The environment variable that holds it. */
  endpoint_env: string | null;
  /** So many requests of an `http` workload a second carry a `traceparent`, at most; 0: none. */
  traced_per_second: number;
}

/** Programs of the story that are run when something happens, each with what it is run on. */
export const HOOKS = {
  before_inject: 'before_inject',
  after_inject: 'fault_injected',
  after_recover: 'fault_recovered',
  on_deviation: 'deviated',
  on_abort: 'aborted',
} as const satisfies Record<string, OccasionName | 'before_inject'>;

export type HookName = keyof typeof HOOKS;

export interface HookSpec {
  command: Command;
  timeout_ms: number;
}

export type Hooks = Partial<Record<HookName, HookSpec>>;
