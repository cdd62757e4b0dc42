/** `kind: tcp`. */
import * as v from 'valibot';
import type { WorkloadSpec } from '../../workload-spec.ts';
import { about, mapping } from '../schema-shapes.ts';
import { text, wholeNumber } from '../schema-terms.ts';
import { load, loadOf } from './load.ts';

export const TcpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('tcp'),
      host: v.optional(about(text('a host'), 'Where the connections go.'), '127.0.0.1'),
      port: about(wholeNumber(1, 65_535), 'Opened and closed again: one connection is one operation.'),
      ...load,
    },
    'kind, host, port, rate, connections, timeout, max_in_flight',
  ),
  v.transform((value) => ({ kind: 'tcp', host: value.host, port: value.port, ...loadOf(value) }) satisfies WorkloadSpec),
);
