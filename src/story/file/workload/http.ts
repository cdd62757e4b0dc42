/** `kind: http`. */
import * as v from 'valibot';
import type { HttpOperation, HttpSpec } from '../../workload-spec.ts';
import { WordSchema } from '../schema-command.ts';
import { about, exactlyOne, list, mapping, table } from '../schema-shapes.ts';
import {
  flag,
  httpUrl,
  knownPlaceholders,
  matching,
  prose,
  text,
  wholeNumber,
} from '../schema-terms.ts';
import { eitherMixOr, MIX_KEYS, mixKeys, mixOf, pace, verifiable } from './load.ts';

const PATH = v.pipe(matching(/^\/\S*$/, 'a path such as /read/{{key}}'), knownPlaceholders());

const operation = {
  method: v.optional(
    about(
      matching(/^[A-Z]+$/, 'a method such as GET', (value) =>
        typeof value === 'string' ? `Write ${value.toUpperCase()}.` : null,
      ),
      'Without it: GET, or POST where there is a body.',
    ),
  ),
  path: v.optional(about(PATH, "In place of the URL's own path.", ['/read/{{key}}'])),
  headers: v.optional(
    about(
      table(v.string(), v.pipe(WordSchema, knownPlaceholders()), 'header: value'),
      'Sent with the request.',
    ),
  ),
  body: v.optional(
    about(v.pipe(prose('a text'), knownPlaceholders()), 'Sent with the request.', [
      '{"id": {{key}}}',
    ]),
  ),
  expect_status: v.optional(
    about(wholeNumber(100, 599), 'Without it, any from 200 to 399 is a success.'),
  ),
  expect_body: v.optional(
    about(
      v.pipe(prose('a text'), knownPlaceholders()),
      "A text that must be in the answer's body.",
    ),
  ),
};

const OPERATION_KEYS = 'method, path, headers, body, expect_status, expect_body';

/** What stands in one operation alone; the headers at the top are sent with every one. */
const SHORT = ['method', 'path', 'body', 'expect_status', 'expect_body'] as const;

interface OperationInput {
  method?: string | undefined;
  path?: string | undefined;
  headers?: Record<string, string> | undefined;
  body?: string | undefined;
  expect_status?: number | undefined;
  expect_body?: string | undefined;
}

function toOperation({
  method,
  path,
  headers = {},
  body,
  expect_status,
  expect_body,
}: OperationInput): HttpOperation {
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path: path ?? null,
    headers,
    body: body ?? null,
    expect_status: expect_status ?? null,
    expect_body: expect_body ?? null,
  };
}

const TlsSchema = v.pipe(
  mapping(
    {
      ca: v.optional(
        about(
          text('a file'),
          "A file with the certificates that are trusted, in place of the well-known ones. A relative path counts from the story's folder.",
        ),
      ),
      insecure: v.optional(about(flag(), 'Take any certificate.'), false),
      server_name: v.optional(
        about(
          text('a name'),
          "The name that is asked for, and that the certificate must have. Default: the URL's host.",
        ),
      ),
    },
    'ca, insecure, server_name',
  ),
  v.transform(({ ca, insecure, server_name }) => ({
    ca: ca ?? null,
    insecure,
    server_name: server_name ?? null,
  })),
);

const URL_TEXT = v.pipe(httpUrl(), knownPlaceholders());

export const HttpLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('http'),
      url: v.optional(about(URL_TEXT, 'Where the requests go.')),
      urls: v.optional(
        about(
          v.pipe(list(URL_TEXT, 'URLs'), v.minLength(1, 'needs at least one URL')),
          'Several; see balance.',
        ),
      ),
      tls: v.optional(about(TlsSchema, 'How an https server is trusted.')),
      keep_alive: v.optional(
        about(flag(), 'Connections are used again. false: one for each request.'),
        true,
      ),
      ...operation,
      headers: v.optional(
        about(
          table(v.string(), v.pipe(WordSchema, knownPlaceholders()), 'header: value'),
          'Sent with every request.',
        ),
        {},
      ),
      ...mixKeys(operation, OPERATION_KEYS, toOperation),
      ...pace,
    },
    `kind, url or urls, ${OPERATION_KEYS}, tls, keep_alive, ${MIX_KEYS}`,
  ),
  exactlyOne(['url', 'urls'], 'Write `url:` for one, `urls:` for several.'),
  eitherMixOr(SHORT),
  v.transform((value): HttpSpec => {
    const { mix, setup, verify, ...rest } = mixOf<HttpOperation>(value, () => toOperation(value));
    const withHeaders = <One extends HttpOperation>(each: One): One => ({
      ...each,
      headers: { ...value.headers, ...each.headers },
    });
    return {
      kind: 'http',
      urls: value.urls ?? [value.url as string],
      tls: value.tls ?? null,
      keep_alive: value.keep_alive,
      mix: mix.map(withHeaders),
      setup: setup.map(withHeaders),
      verify: verify && { ...verify, read: withHeaders(verify.read) },
      ...rest,
    };
  }),
  verifiable<HttpOperation, HttpSpec>(httpTexts),
);

/** All texts of an operation that may hold placeholders. */
function httpTexts({ path, headers, body }: HttpOperation, { urls }: HttpSpec): string[] {
  return [...(path === null ? urls : [path]), body ?? '', ...Object.values(headers)];
}
