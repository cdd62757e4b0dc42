/** The door of the room: loads, recorder, samples, looks. What a kind of load needs is imported when it is opened. */
import { randomBytes } from 'node:crypto';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { drawFrom } from './keyed-text.ts';
import type { Load, LoadOptions } from './load.ts';

export type { Load, LoadOptions } from './load.ts';
export { type Look, look } from './look.ts';
export { type Clock, createRecorder, cutWindows, type Recorder } from './recorder.ts';
export { readWindows, SAMPLES_FILE, SampleFile, WindowReader } from './sample-file.ts';
export { withoutUserinfo } from './userinfo.ts';

/** A simulated workload is a curve and no load. */
type LoadSpec = Exclude<WorkloadSpec, { kind: 'simulated' }>;

/** Makes ready, issues nothing yet. A target that is down is no error here; it is measured. Throws Refusal for a spec that cannot work. */
export async function openLoad(spec: LoadSpec, options: LoadOptions): Promise<Load> {
  const draw = drawFrom(options.seed ?? randomBytes(4).readUInt32LE());
  switch (spec.kind) {
    case 'http':
      return (await import('./http-load.ts')).openHttpLoad(spec, draw);
    case 'redis':
      return (await import('./redis-load.ts')).openRedisLoad(spec, draw);
    case 'tcp':
      return (await import('./tcp-load.ts')).openTcpLoad(spec);
    case 'command':
      return (await import('./command-load.ts')).openCommandLoad(spec, options);
  }
}
