/** `kind: postgres`. */
import * as v from 'valibot';
import { prepare } from '../../sql-statement.ts';
import type { PostgresOperation, PostgresSpec } from '../../workload-spec.ts';
import { say } from '../schema-messages.ts';
import { about, exactlyOne, list, mapping } from '../schema-shapes.ts';
import { knownPlaceholders, text, url } from '../schema-terms.ts';
import { eitherMixOr, MIX_KEYS, mixKeys, mixOf, pace, verifiable } from './load.ts';

const URL_TEXT = url(/^postgres(?:ql)?:\/\/\S+$/, 'postgres://app@127.0.0.1:5432/shop');

const QUERY = about(
  v.pipe(text('an SQL statement'), knownPlaceholders(), preparable()),
  'One SQL statement. Without it: SELECT 1.',
  [
    "INSERT INTO gameday VALUES ({{key}}, '{{value}}') ON CONFLICT (k) DO UPDATE SET v = excluded.v",
  ],
);

const toOperation = ({ query }: PostgresOperation): PostgresOperation => ({ query });

export const PostgresLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('postgres'),
      url: v.optional(about(URL_TEXT, 'Where the queries go.')),
      urls: v.optional(
        about(
          v.pipe(list(URL_TEXT, 'URLs'), v.minLength(1, 'needs at least one URL')),
          'Several; see balance.',
        ),
      ),
      query: v.optional(QUERY),
      ...mixKeys({ query: QUERY }, 'query', toOperation),
      ...pace,
    },
    `kind, url or urls, query, ${MIX_KEYS}`,
  ),
  exactlyOne(['url', 'urls'], 'Write `url:` for one, `urls:` for several.'),
  eitherMixOr(['query']),
  v.transform(
    (value): PostgresSpec => ({
      kind: 'postgres',
      urls: value.urls ?? [value.url as string],
      ...mixOf<PostgresOperation>(value, () => ({ query: value.query ?? 'SELECT 1' })),
    }),
  ),
  verifiable<PostgresOperation, PostgresSpec>(({ query }) => [query]),
);

/** Placeholders become parameters of a prepared statement, which cannot stand everywhere. */
function preparable() {
  return v.check<string, (issue: v.CheckIssue<string>) => string>(
    (query) => !('problem' in prepare(query)),
    ({ input }) =>
      say(
        (prepare(input) as { problem: string }).problem,
        "Write {{key}} by itself, or '...{{key}}...'.",
      ),
  );
}
