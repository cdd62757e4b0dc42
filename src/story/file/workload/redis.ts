/** `kind: redis`. */
import * as v from 'valibot';
import type { WorkloadSpec } from '../../workload-spec.ts';
import { commandLine } from '../schema-command.ts';
import { about, mapping } from '../schema-shapes.ts';
import { url } from '../schema-terms.ts';
import { load, loadOf } from './load.ts';

export const RedisLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('redis'),
      url: v.optional(about(url(/^rediss?:\/\/\S+$/, 'redis://127.0.0.1:6379'), 'Where the commands go.'), 'redis://127.0.0.1:6379'),
      command: v.optional(
        about(commandLine('Write it as a list: [SET, key, value].'), 'The command that is sent again and again.', [['SET', 'gameday', '1']]),
        ['PING'],
      ),
      ...load,
    },
    'kind, url, command, rate, connections, timeout, max_in_flight',
  ),
  v.transform((value) => ({ kind: 'redis', url: value.url, command: value.command, ...loadOf(value) }) satisfies WorkloadSpec),
);
