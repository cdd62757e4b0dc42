/** Windows as tests make them: by a script, or by chance from a seed. */

import { type Instance, NOTHING_KNOWN } from '../../src/fault/instance.ts';
import {
  bucketOf,
  mergeHistograms,
  sparse,
  WINDOW_MS,
  type Window,
  windowOf,
} from '../../src/impact/windows.ts';
import type { Fault } from '../../src/run/run.ts';

export const START = Date.UTC(2026, 10, 1, 12, 0, 0);

export interface Made {
  ok?: number;
  refused?: number;
  timeouts?: number;
  dropped?: number;
  latencyMs?: number;
  inFlight?: number;
}

/** `ok` operations that all took `latencyMs`. */
export function made(
  at: number,
  { ok = 100, refused = 0, timeouts = 0, dropped = 0, latencyMs = 5, inFlight = 0 }: Made,
  dt_ms = WINDOW_MS,
): Window {
  const histogram = mergeHistograms([
    ok > 0 ? [bucketOf(latencyMs), ok] : [],
    timeouts > 0 ? [bucketOf(1000), timeouts] : [],
  ]);
  return windowOf({
    at,
    dt_ms,
    ok,
    errors: refused > 0 ? { refused } : {},
    timeouts,
    dropped,
    in_flight: inFlight,
    histogram,
  });
}

/** One window after the other from START on; null: not measured. */
export function series(count: number, script: (index: number) => Made | null): Window[] {
  return Array.from({ length: count }, (_, index) => ({ index, what: script(index) })).flatMap(
    ({ index, what }) => (what === null ? [] : [made(START + index * WINDOW_MS, what)]),
  );
}

/** Random arrivals at `perWindow`, lognormal latencies around 3 ms, a share of errors, and a share that takes some 200 ms, as a collection of garbage does. */
export function noisy(
  count: number,
  draw: () => number,
  {
    perWindow,
    errors = 0,
    slow = 0,
    from = START,
  }: { perWindow: number; errors?: number; slow?: number; from?: number },
): Window[] {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return Array.from({ length: count }, (_, index) => {
    const latencies = new Uint32Array(150);
    let ok = 0;
    let refused = 0;
    for (let left = poisson(perWindow, draw, gauss); left > 0; left--) {
      if (draw() < errors) refused++;
      else {
        ok++;
        const latencyMs =
          slow > 0 && draw() < slow ? 140 + 200 * draw() : 3 * Math.exp(0.6 * gauss());
        (latencies[bucketOf(latencyMs)] as number)++;
      }
    }
    const counts = {
      ok,
      errors: refused > 0 ? { refused } : {},
      timeouts: 0,
      dropped: 0,
      in_flight: 0,
    };
    return windowOf({
      at: from + index * WINDOW_MS,
      dt_ms: WINDOW_MS,
      ...counts,
      histogram: sparse(latencies),
    });
  });
}

function poisson(mean: number, draw: () => number, gauss: () => number): number {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gauss()));
  let count = 0;
  for (let product = draw(); product > Math.exp(-mean); product *= draw()) count++;
  return count;
}

const TARGET: Instance = {
  id: 'etcd-2',
  name: 'shop-etcd-2',
  project: 'shop',
  service: 'etcd',
  number: 2,
  state: 'running',
  health: 'none',
  ...NOTHING_KNOWN,
  record: {},
  untouchable: null,
};

/** `etcd-2` killed. Times are in milliseconds from START. */
export function faultAt(
  injectedMs: number,
  undoneMs: number | null = null,
  more: Partial<Fault> & { doneMs?: number } = {},
): Fault {
  const { doneMs, ...rest } = more;
  const iso = (offsetMs: number) => new Date(START + offsetMs).toISOString();
  return {
    id: 'f1',
    kind: 'kill',
    phase: doneMs !== undefined ? 'recovered' : undoneMs === null ? 'injected' : 'recovering',
    targets: [TARGET],
    params: {},
    effects: [{ on: 'lifecycle', to: 'killed' }],
    before: [],
    left: [],
    words: { doing: 'killing', done: 'killed', undo: 'restart' },
    chapter: null,
    observed: false,
    schedule: null,
    engine_time: iso(injectedMs),
    injecting_at: iso(injectedMs),
    injected_at: iso(injectedMs),
    deadline: null,
    recovering_at: undoneMs === null ? null : iso(undoneMs),
    recovered_at: doneMs === undefined ? null : iso(doneMs),
    outcome: doneMs === undefined ? null : 'verified',
    reason: null,
    seed: null,
    abort_if: [],
    workload: null,
    probes: [],
    ...rest,
  };
}
