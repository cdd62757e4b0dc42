/** What a command line says of the service that it belongs to. Pure; nothing else of it is kept. */
import type { HealthCheck } from '../story/draft/draft-stack.ts';

/** Of a Redis: a plain connection is not enough to speak to it. */
export function asksForPassword(command: string): boolean {
  return /--requirepass\b|--tls-port\b/.test(command);
}

const URL_LIKE =
  /https?:\/\/[^\s'"`|;&<>()]+|(?<![\w./@-])(?:localhost|127\.0\.0\.1):\d+(?:\/[^\s'"`|;&<>()]*)?/g;
const SELF = ['localhost', '127.0.0.1', '0.0.0.0', '[::1]', '[::]'];

/** The first URL in the words of a health check that leads to the container itself. `names`: by which it knows itself. */
export function healthUrl(test: string, names: readonly string[]): HealthCheck['url'] {
  for (const [found] of test.matchAll(URL_LIKE)) {
    const written = found.includes('://') ? found : `http://${found}`;
    if (/[${}]/.test(written) || !URL.canParse(written)) continue;
    const url = new URL(written);
    if (![...SELF, ...names].includes(url.hostname)) continue;
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
    return {
      protocol,
      port: Number(url.port) || (protocol === 'https:' ? 443 : 80),
      path: url.pathname,
    };
  }
  return null;
}
