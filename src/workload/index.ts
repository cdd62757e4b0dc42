/** What other rooms use of this one. What a kind of load needs is imported when it is opened. */
import { randomBytes } from 'node:crypto';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { seededRandom } from '../terms/random.ts';
import type { Load, LoadOptions } from './load.ts';

export type { WorkloadOffers } from './contribution.ts';
export type { Load, LoadOptions } from './load.ts';
export { look } from './probe.ts';
export type { TracedRequest, TraceRequest } from './request-trace.ts';
export { PROBES_FILE, ProbeFile, ProbeReader } from './samples/probe-file.ts';
export { type Clock, createRecorder, cutWindows, type Recorder } from './samples/recorder.ts';
export { readWindows, SAMPLES_FILE, SampleFile, WindowReader } from './samples/sample-file.ts';
export { withoutUserinfo } from './userinfo.ts';

/** A simulated workload is a curve and no load. */
type RealSpec = Exclude<WorkloadSpec, { kind: 'simulated' }>;

/** What each kind needs is imported once, when it is first asked for. */
const KINDS = {
  http: () => import('./kinds/http-load.ts'),
  redis: () => import('./kinds/redis-load.ts'),
  postgres: () => import('./kinds/postgres-load.ts'),
  tcp: () => import('./kinds/tcp-load.ts'),
  plugin: () => import('./kinds/plugin-load.ts'),
  command: () => import('./kinds/command-load.ts'),
} satisfies Record<RealSpec['kind'], () => Promise<unknown>>;

/** So that `openLoad` needs no file of this package any more. */
export async function importLoad({ kind }: WorkloadSpec): Promise<void> {
  if (kind !== 'simulated') await KINDS[kind]();
}

/** Makes ready, issues nothing yet. A target that is down is no error here; it is measured. Throws Refusal for a spec that cannot work. */
export async function openLoad(spec: RealSpec, options: LoadOptions): Promise<Load> {
  // Nobody writes a thousand values a millisecond: a later load of the same run begins above all that were written.
  const { firstValue = Date.now() * 1000 } = options;
  const sequence = {
    seed: ('seed' in spec ? spec.seed : null) ?? randomBytes(4).readUInt32LE(),
    firstValue,
  };
  switch (spec.kind) {
    case 'http':
      return (await KINDS.http()).openHttpLoad(spec, {
        ...sequence,
        traceRequest: options.traceRequest ?? null,
      });
    case 'redis':
      return (await KINDS.redis()).openRedisLoad(spec, sequence);
    case 'postgres':
      return (await KINDS.postgres()).openPostgresLoad(spec, {
        ...sequence,
        cwd: options.cwd,
      });
    case 'tcp':
      return (await KINDS.tcp()).openTcpLoad(spec);
    case 'plugin':
      return (await KINDS.plugin()).openPluginLoad(spec, options, seededRandom(sequence.seed));
    case 'command':
      return (await KINDS.command()).openCommandLoad(spec, options);
  }
}
