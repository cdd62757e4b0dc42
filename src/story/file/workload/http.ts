/** `kind: http`. */
import * as v from 'valibot';
import type { WorkloadSpec } from '../../workload-spec.ts';
import { WordSchema } from '../schema-command.ts';
import { about, exactlyOne, list, mapping, table } from '../schema-shapes.ts';
import { httpUrl, matching, prose, wholeNumber } from '../schema-terms.ts';
import { load, loadOf } from './load.ts';

export const HttpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('http'),
      url: v.optional(about(httpUrl(), 'Where the requests go.')),
      urls: v.optional(about(v.pipe(list(httpUrl(), 'URLs'), v.minLength(1, 'needs at least one URL')), 'Several, in turn.')),
      method: v.optional(
        about(
          matching(/^[A-Z]+$/, 'a method such as GET', (value) => (typeof value === 'string' ? `Write ${value.toUpperCase()}.` : null)),
          'Without it: GET, or POST where there is a body.',
        ),
      ),
      headers: v.optional(about(table(v.string(), WordSchema, 'header: value'), 'Sent with every request.'), {}),
      body: v.optional(about(prose('a text'), 'Sent with every request.')),
      expect_status: v.optional(about(wholeNumber(100, 599), 'Without it, any from 200 to 399 is a success.')),
      ...load,
    },
    'kind, url or urls, method, headers, body, expect_status, rate, connections, timeout, max_in_flight',
  ),
  exactlyOne(['url', 'urls'], 'Write `url:` for one, `urls:` for several.'),
  v.transform(
    (value) =>
      ({
        kind: 'http',
        urls: value.urls ?? [value.url as string],
        method: value.method ?? (value.body === undefined ? 'GET' : 'POST'),
        headers: value.headers,
        body: value.body ?? null,
        expect_status: value.expect_status ?? null,
        ...loadOf(value),
      }) satisfies WorkloadSpec,
  ),
);
