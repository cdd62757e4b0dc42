/** `kind: redis`. */
import * as v from 'valibot';
import type { RedisOperation, RedisSpec } from '../../workload-spec.ts';
import { commandLine } from '../schema-command.ts';
import { about, list, mapping, notBeside } from '../schema-shapes.ts';
import { knownPlaceholders, url } from '../schema-terms.ts';
import { eitherMixOr, MIX_KEYS, mixKeys, mixOf, pace, verifiable } from './load.ts';

const URL_TEXT = url(/^rediss?:\/\/\S+$/, 'redis://127.0.0.1:6379');
const LOCAL = 'redis://127.0.0.1:6379';

const COMMAND = about(
  v.pipe(commandLine('Write it as a list: [SET, key, value].'), knownPlaceholders()),
  'A command and its arguments. Without it: PING.',
  [['SET', 'k{{key}}', '{{value}}']],
);

const toOperation = ({ command }: RedisOperation): RedisOperation => ({ command });

export const RedisLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('redis'),
      url: v.optional(about(URL_TEXT, `Where the commands go. Default: ${LOCAL}.`)),
      urls: v.optional(
        about(
          v.pipe(list(URL_TEXT, 'URLs'), v.minLength(1, 'needs at least one URL')),
          'Several; see balance.',
        ),
      ),
      command: v.optional(COMMAND),
      ...mixKeys({ command: COMMAND }, 'command', toOperation),
      ...pace,
    },
    `kind, url or urls, command, ${MIX_KEYS}`,
  ),
  notBeside({ url: ['urls'] }, 'Write `url:` for one, `urls:` for several.'),
  eitherMixOr(['command']),
  v.transform(
    (value): RedisSpec => ({
      kind: 'redis',
      urls: value.urls ?? [value.url ?? LOCAL],
      ...mixOf<RedisOperation>(value, () => ({ command: value.command ?? ['PING'] })),
    }),
  ),
  verifiable<RedisOperation, RedisSpec>(({ command }) => command),
);
