/** Stories and faults as a test writes them by hand. */
import { findKind, specOf } from '../../src/fault/fault-kind.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import type { Action, Chapter, InjectSpec, Story } from '../../src/story/story.ts';

export function storyWith(chapters: Partial<Chapter>[], rest: Partial<Story> = {}): Story {
  return {
    name: 'shop',
    engine: 'compose',
    compose: { files: [], project: null, profiles: [] },
    kubernetes: null,
    swarm: { stack: null, context: null, nodes: {} },
    services: {},
    tools: { image: null },
    leader: [],
    protect: ['grafana'],
    blast_radius: { max_targets: null, max_unavailable: { share: 1 } },
    production: { labels: [], contexts: [] },
    workload: {
      kind: 'tcp',
      addresses: [{ host: '127.0.0.1', port: 1 }],
      rate: 1,
      ramp: [],
      connections: 1,
      timeout_ms: 1,
      max_in_flight: 1,
      balance: 'round_robin',
    },
    steady_state: { thresholds: [], probes: [], objective: null, recover_within_ms: 5000 },
    abort_if: [],
    metrics: null,
    notify: [],
    hooks: {},
    telemetry: null,
    chapters: chapters.map((chapter, index) => ({
      id: `c${index + 1}`,
      title: `C${index + 1}`,
      narration: '',
      notes: '',
      hypothesis: [],
      on_deviation: 'stop',
      on_enter: [],
      auto_advance: false,
      blocks_advance: false,
      ...chapter,
    })),
    ...rest,
  };
}

export const spec = (patch: Partial<InjectSpec> = {}): InjectSpec => ({
  ...specOf(findKind(OWN_KINDS, patch.kind ?? 'kill')),
  service: null,
  labels: [],
  pick: { by: 'random' },
  count: 1,
  exclude: [],
  overrule: ['last_healthy'],
  seed: 1,
  countdown_ms: 0,
  duration_ms: null,
  ...patch,
});
export const injects = (patch: Partial<InjectSpec> = {}): Action => ({
  do: 'inject',
  inject: spec(patch),
});
export const recoverAll: Action = { do: 'recover', fault: 'all' };
