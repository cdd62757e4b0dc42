/** One request over HTTP and as much of its answer as is wanted. Keeps no connection; never rejects. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { errorKind } from '../error-kinds.ts';

/** So much of a body is read at most; characters. */
export const MOST_BODY = 1_048_576;

export interface Asking {
  /** Userinfo in it signs in. */
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Looked at while the body comes; true: no more of it is needed. Without it, the body is not read. */
  isEnough?: (body: string) => boolean;
}

export type Answered = { status: number; body: string; cut: boolean } | { failure: string };

export function ask({ url, headers, timeoutMs, signal, isEnough }: Asking): Promise<Answered> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const limit = AbortSignal.timeout(timeoutMs);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    const fail = (error: Error) => resolve({ failure: failureOf(error, either, limit, timeoutMs) });
    const asked = request(url, { agent: false, signal: either, headers }, (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      const end = (cut: boolean) => {
        resolve({ status, body, cut });
        asked.destroy();
      };
      if (!isEnough) return end(false);
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (isEnough(body)) end(false);
        else if (body.length > MOST_BODY) end(true);
      });
      response.on('end', () => end(false));
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end();
  });
}

/** In words that follow an address. `either`: aborted by the limit, or by who asked. */
export function failureOf(
  error: Error,
  either: AbortSignal,
  limit: AbortSignal,
  timeoutMs: number,
): string {
  if (either.aborted && !limit.aborted) return 'does not answer in the time that is left';
  if (limit.aborted) return `does not answer within ${timeoutMs} ms`;
  const kind = errorKind(error);
  return kind === 'refused' ? 'refuses connections' : `does not answer: ${kind}`;
}
