/** The part of the story's schema that is the workload: one file a kind, one row a kind here. */
import * as v from 'valibot';
import type { WorkloadSpec } from '../../workload-spec.ts';
import { didYouMean, expected, say } from '../schema-messages.ts';
import { about } from '../schema-shapes.ts';
import { CommandLoadSchema } from './command.ts';
import { HttpLoadSchema } from './http.ts';
import { PluginLoadSchema } from './plugin.ts';
import { PostgresLoadSchema } from './postgres.ts';
import { RedisLoadSchema } from './redis.ts';
import { SimulatedLoadSchema } from './simulated.ts';
import { TcpLoadSchema } from './tcp.ts';

const LOADS = [
  HttpLoadSchema,
  RedisLoadSchema,
  PostgresLoadSchema,
  TcpLoadSchema,
  CommandLoadSchema,
  PluginLoadSchema,
  SimulatedLoadSchema,
] as const;
const LOAD_KINDS = [
  'http',
  'redis',
  'postgres',
  'tcp',
  'command',
  'plugin',
  'simulated',
] as const satisfies WorkloadSpec['kind'][];

export const WorkloadSchema = about(
  v.variant('kind', [...LOADS], (issue) => {
    const parent = issue.path?.[0]?.input;
    if (parent === undefined || Array.isArray(parent))
      return expected('a mapping (kind, and what that kind needs)')({
        ...issue,
        input: parent ?? issue.input,
      });
    if (issue.received === 'undefined')
      return say('"kind" is missing', `It is one of ${LOAD_KINDS.join(', ')}.`);
    return expected(`a kind of workload: ${LOAD_KINDS.join(', ')}`, (value) =>
      typeof value === 'string' ? didYouMean(value, LOAD_KINDS) : null,
    )(issue);
  }),
  'The load on the stack. The impact of a fault on it is the verdict.',
  [{ kind: 'http', url: 'http://127.0.0.1:8080/', rate: '500/s' }],
);
