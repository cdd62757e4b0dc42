/** An experiment of Chaos Toolkit (https://chaostoolkit.org/reference/api/experiment/), as far as it is read and written here. Pure. */
import * as v from 'valibot';

const record = v.record(v.string(), v.unknown());
const pause = v.optional(v.union([v.number(), v.string()]));

export const ActivitySchema = v.looseObject({
  type: v.optional(v.string()),
  name: v.optional(v.string()),
  /** Another activity, by its name. */
  ref: v.optional(v.string()),
  provider: v.optional(v.looseObject({ type: v.string() })),
  tolerance: v.optional(v.unknown()),
  pauses: v.optional(v.looseObject({ before: pause, after: pause })),
  background: v.optional(v.unknown()),
  controls: v.optional(v.array(v.looseObject({ name: v.optional(v.string()) }))),
});

export const ExperimentSchema = v.looseObject({
  title: v.string(),
  description: v.optional(v.string(), ''),
  configuration: v.optional(record, {}),
  secrets: v.optional(v.record(v.string(), record), {}),
  controls: v.optional(v.array(v.looseObject({ name: v.optional(v.string()) })), []),
  'steady-state-hypothesis': v.optional(
    v.nullable(
      v.looseObject({
        title: v.optional(v.string()),
        probes: v.optional(v.array(ActivitySchema), []),
      }),
    ),
  ),
  method: v.optional(v.array(ActivitySchema), []),
  rollbacks: v.optional(v.array(ActivitySchema), []),
});

export type Activity = v.InferOutput<typeof ActivitySchema>;
export type Experiment = v.InferOutput<typeof ExperimentSchema>;

export const HttpProviderSchema = v.looseObject({
  type: v.literal('http'),
  url: v.string(),
  method: v.optional(v.string(), 'GET'),
  headers: v.optional(v.record(v.string(), v.unknown()), {}),
  arguments: v.optional(record),
  timeout: v.optional(v.unknown()),
  verify_tls: v.optional(v.boolean(), true),
});

export const ProcessProviderSchema = v.looseObject({
  type: v.literal('process'),
  path: v.string(),
  arguments: v.optional(v.union([v.string(), v.array(v.unknown()), record]), []),
  timeout: v.optional(v.unknown()),
});

export type HttpProvider = v.InferOutput<typeof HttpProviderSchema>;
export type ProcessProvider = v.InferOutput<typeof ProcessProviderSchema>;
