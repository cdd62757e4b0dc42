/** `kind: tcp`. */
import * as v from 'valibot';
import type { TcpSpec } from '../../workload-spec.ts';
import { about, exactlyOne, list, mapping, notBeside } from '../schema-shapes.ts';
import { address, hostAndPort, text, wholeNumber } from '../schema-terms.ts';
import { PACE_KEYS, pace, paceOf } from './load.ts';

export const TcpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('tcp'),
      host: v.optional(about(text('a host'), 'Where the connections go. Default: 127.0.0.1.')),
      port: v.optional(
        about(wholeNumber(1, 65_535), 'Opened and closed again: one connection is one operation.'),
      ),
      addresses: v.optional(
        about(
          v.pipe(
            list(address(), 'addresses (host:port)'),
            v.minLength(1, 'needs at least one address'),
          ),
          'Several, as host:port; see balance.',
          [['127.0.0.1:5432', '127.0.0.1:5433']],
        ),
      ),
      ...pace,
    },
    `kind, host and port or addresses, ${PACE_KEYS}`,
  ),
  exactlyOne(
    ['port', 'addresses'],
    'Write `port:` for one, `addresses:` for several.',
    'Write `port: 5432`.',
  ),
  notBeside({ addresses: ['host'] }, 'Write the host into each address: 127.0.0.1:5432.'),
  v.transform(
    (value): TcpSpec => ({
      kind: 'tcp',
      addresses: value.addresses?.map(hostAndPort) ?? [
        { host: value.host ?? '127.0.0.1', port: value.port as number },
      ],
      ...paceOf(value),
    }),
  ),
);
