/** One request over HTTP, for looks at a service and for what it is told: no connection is kept, no redirect followed. */

/** At most this much of a body is read; characters. */
export const MOST_BODY = 1_048_576;

export interface HttpRequest {
  /** User and password in it sign in. */
  url: string;
  headers?: Record<string, string>;
  /** Is sent by POST; without it, it is a GET. */
  body?: string;
  /** Ends the request; its time limit, too. */
  signal: AbortSignal;
  /** Is asked while the body of the answer comes; true: no more of it is needed. Without it, the body is not read. */
  isEnough?: (body: string) => boolean;
}

/** `cut`: the body is longer than what was read. `error`: the system's error, or the signal's. */
export type HttpResponse = { status: number; body: string; cut: boolean } | { error: Error };

/** Never rejects for a valid URL. */
export function requestOverHttp({
  url,
  headers = {},
  body: sentBody,
  signal,
  isEnough,
}: HttpRequest): Promise<HttpResponse> {
  // A static import of either module would load all of undici with it, 45 ms at every start.
  const { request } = process.getBuiltinModule(
    url.startsWith('https:') ? 'node:https' : 'node:http',
  );
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ error });
    const method = sentBody === undefined ? 'GET' : 'POST';
    const sent = request(url, { agent: false, signal, headers, method }, (response) => {
      const status = response.statusCode ?? 0;
      let body = '';
      const end = (cut: boolean) => {
        resolve({ status, body, cut });
        sent.destroy();
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
    sent.on('error', fail);
    sent.end(sentBody);
  });
}
