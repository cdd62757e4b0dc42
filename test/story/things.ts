/** Instances, rows and faults as the engines and the journal have them, and arbitrary ones. */
import fc from 'fast-check';
import { findKind, specOf } from '../../src/fault/fault-kind.ts';
import {
  HEALTHS,
  type Instance,
  type InstanceRow,
  NOTHING_KNOWN,
  STATES,
} from '../../src/fault/instance.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import type { Event, EventBody } from '../../src/run/events.ts';
import { JOURNAL_VERSION } from '../../src/run/events.ts';
import type { Fault } from '../../src/run/run.ts';
import type { InjectSpec } from '../../src/story/story.ts';
import { Refusal } from '../../src/terms/outcomes.ts';

export const AT = '2026-11-24T10:00:00.000Z';

export function instance(service: string, number: number, patch: Partial<Instance> = {}): Instance {
  return {
    id: `${service}-${number}-`.padEnd(64, '0'),
    name: `shop-${service}-${number}`,
    project: 'shop',
    service,
    number,
    state: 'running',
    health: 'none',
    ...NOTHING_KNOWN,
    started_at: AT,
    record: {},
    untouchable: null,
    ...patch,
    // Who started it at another time restarted it.
    incarnation: patch.incarnation ?? (patch.started_at === undefined ? AT : patch.started_at),
  };
}

export function row(
  service: string,
  number: number,
  patch: Partial<InstanceRow> = {},
): InstanceRow {
  const { id, name, project, state, health, untouchable } = instance(service, number);
  return { id, name, project, service, number, state, health, untouchable, ...patch };
}

export function fault(patch: Partial<Fault> = {}): Fault {
  const row = findKind(OWN_KINDS, patch.kind ?? 'kill');
  const targets = patch.targets ?? [instance('web', 1)];
  return {
    id: 'f1',
    kind: row.kind,
    phase: 'injected',
    params: {},
    targets,
    effects: targets.map(() => specOf(row).effect),
    words: row.words,
    before: [],
    left: [],
    chapter: null,
    observed: false,
    schedule: null,
    engine_time: AT,
    injecting_at: AT,
    injected_at: AT,
    deadline: null,
    recovering_at: null,
    recovered_at: null,
    outcome: null,
    reason: null,
    seed: null,
    abort_if: [],
    workload: null,
    probes: [],
    ...patch,
  };
}

export function spec(patch: Partial<InjectSpec> = {}): InjectSpec {
  return {
    ...specOf(findKind(OWN_KINDS, patch.kind ?? 'kill')),
    service: null,
    labels: [],
    pick: { by: 'random' },
    count: 1,
    exclude: [],
    overrule: ['last_healthy'],
    seed: null,
    countdown_ms: 0,
    duration_ms: null,
    ...patch,
  };
}

export function event(seq: number, body: EventBody): Event {
  return { v: JOURNAL_VERSION, seq, at: AT, ...body };
}

export const STARTED: EventBody = {
  type: 'run.started',
  run: 'r1',
  gameday: '0.0.0',
  story: {
    name: 'shop',
    path: null,
    digest: '',
    chapters: ['one', 'two', 'three'].map((id) => ({ id, title: id })),
  },
  engine: { kind: 'compose', project: 'shop', spec: null, identity: null },
};

/** Stacks of a few services, with instances in every state, numbered from 1 within their service. */
export const stacks: fc.Arbitrary<InstanceRow[]> = fc
  .array(
    fc.record({
      service: fc.constantFrom('web', 'store', 'cache', 'grafana'),
      state: fc.oneof(
        { weight: 3, arbitrary: fc.constant('running' as const) },
        { weight: 1, arbitrary: fc.constantFrom(...STATES) },
      ),
      health: fc.constantFrom(...HEALTHS),
      untouchable: fc.oneof(
        { weight: 6, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constant('a one-off container') },
      ),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((instances) => {
    const counts = new Map<string, number>();
    return instances.map(({ service, ...rest }) => {
      const number = (counts.get(service) ?? 0) + 1;
      counts.set(service, number);
      return row(service, number, rest);
    });
  });

/** What this is refused with; throws where it is not refused. */
export function refusal(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `f1` and so on, each a kill of the `web` with its number. */
export function injecting(
  number: number,
  patch: { seed?: number; schedule?: string } = {},
): EventBody {
  return {
    type: 'fault.injecting',
    fault: `f${number}`,
    kind: 'kill',
    params: {},
    effects: [{ target: instance('web', number), effect: { on: 'lifecycle', to: 'killed' } }],
    before: [],
    words: { doing: 'killing', done: 'killed', undo: 'restart' },
    engine_time: AT,
    deadline: null,
    chapter: null,
    seed: null,
    ...patch,
  };
}

export function recovered(number: number): EventBody {
  return {
    type: 'fault.recovered',
    fault: `f${number}`,
    outcome: 'verified',
    reason: '',
    took_ms: 0,
  };
}
