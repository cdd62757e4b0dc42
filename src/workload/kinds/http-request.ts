/** A request as a story writes it, made ready for one URL: what is open is filled in each time, the rest is made once. Pure. */
import type { Dispatcher } from 'undici';
import type { HttpOperation } from '../../story/workload-spec.ts';
import { parsePlaceholders } from '../../terms/placeholders.ts';
import { type KeyedText, keyedText } from '../pace/keyed-text.ts';
import type { TraceRequest } from '../request-trace.ts';
import { basicAuthorization } from '../userinfo.ts';

export interface Request {
  fill(key: number, value: string): Dispatcher.DispatchOptions;
  isExpected(status: number): boolean;
  /** A text that must be in the answer's body; null: any will do. */
  wantedBody: KeyedText | null;
  /** What is told of it where it is traced; null: the story sets its own header. */
  traceable: Parameters<TraceRequest>[0] | null;
}

export function openRequest(url: URL, operation: HttpOperation): Request {
  const { expect_status: status, expect_body } = operation;
  return {
    fill: openOptions(url, operation),
    isExpected: status === null ? (got) => got >= 200 && got < 400 : (got) => got === status,
    wantedBody: expect_body === null ? null : keyedText(expect_body),
    traceable: hasHeader(operation.headers, 'traceparent')
      ? null
      : { name: describeOperation(operation), method: operation.method, url },
  };
}

/** In a message, without what may be secret in it: `POST /write`. */
export function describeOperation({ method, path }: HttpOperation): string {
  return `${method} ${path?.replace(/\?.*/, '') ?? ''}`.trim();
}

export function withHeader(
  options: Dispatcher.DispatchOptions,
  name: string,
  value: string,
): Dispatcher.DispatchOptions {
  return { ...options, headers: { ...(options.headers as Record<string, string>), [name]: value } };
}

function openOptions(url: URL, operation: HttpOperation): Request['fill'] {
  const target = operation.path === null ? url : new URL(operation.path, url);
  const path = restorePlaceholders(target.pathname + target.search);
  const method = operation.method as Dispatcher.HttpMethod;
  const headers = headersFor(url, operation.headers);
  const { body } = operation;
  const isOpen = [path, body ?? '', ...Object.values(headers)].some((text) =>
    parsePlaceholders(text).parts.some((part) => typeof part === 'object'),
  );
  if (!isOpen) {
    const options = { path, method, headers, body };
    return () => options;
  }
  const [pathOf, bodyOf, headersOf] = [
    keyedText(path),
    body === null ? null : keyedText(body),
    keyedHeaders(headers),
  ];
  return (key, value) => ({
    path: pathOf(key, value),
    method,
    headers: headersOf(key, value),
    body: bodyOf?.(key, value) ?? null,
  });
}

function keyedHeaders(
  headers: Record<string, string>,
): (key: number, value: string) => Record<string, string> {
  const texts = Object.entries(headers).map(([name, text]) => [name, keyedText(text)] as const);
  if (
    Object.values(headers).every((text) =>
      parsePlaceholders(text).parts.every((part) => typeof part === 'string'),
    )
  )
    return () => headers;
  return (key, value) =>
    Object.fromEntries(texts.map(([name, textOf]) => [name, textOf(key, value)]));
}

/** A URL's parser writes braces as %7B and %7D; those of `{{key}}` are meant as they were. */
function restorePlaceholders(path: string): string {
  return path.replaceAll(
    /%7B%7B(.*?)%7D%7D/gi,
    (_, inner: string) => `{{${inner.replaceAll('%20', ' ').replaceAll(/%7C/gi, '|')}}}`,
  );
}

function headersFor(url: URL, headers: Record<string, string>): Record<string, string> {
  const authorization = basicAuthorization(url);
  return authorization && !hasHeader(headers, 'authorization')
    ? { ...headers, authorization }
    : headers;
}

/** `wanted`: in small letters. */
function hasHeader(headers: Record<string, string>, wanted: string): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === wanted);
}
