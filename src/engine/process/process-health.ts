/** Looks at the ports of local processes: is it well, and is the port free. Never keeps a history; each look stands alone. */
import { connect, createServer } from 'node:net';
import type { Instance } from '../../fault/instance.ts';
import type { ProcessService } from '../../story/story.ts';
import { requestOverHttp } from '../../system/http.ts';

const LOOK_MS = 1000;
/** As long as a fresh process may be unwell until that counts against it. */
export const GRACE_MS = 10_000;
/** Some servers listen at `localhost`, which is the second of these for them. */
const HOSTS = ['127.0.0.1', '::1'] as const;

/** `ports`: where it may listen; the next one counts where nobody does. `startedMs`: the time since it started. Never rejects. */
export async function lookAtHealth(
  health: ProcessService['health'],
  ports: readonly number[],
  startedMs: number,
  signal?: AbortSignal,
): Promise<Instance['health']> {
  if (health === null || ports.length === 0) return 'none';
  const limit = signal
    ? AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)])
    : AbortSignal.timeout(LOOK_MS);
  let answer: Answer = 'refused';
  for (const port of ports)
    for (const host of HOSTS)
      if (answer === 'refused')
        answer = await ('http' in health
          ? request(host, port, health.http, limit)
          : reach(host, port, limit));
  if (answer === 'well') return 'healthy';
  return startedMs < GRACE_MS ? 'starting' : 'unhealthy';
}

type Answer = 'well' | 'unwell' | 'refused';

/** There is nobody, or no such address on this machine. */
function isRefusal({ code }: NodeJS.ErrnoException): boolean {
  return (
    code === 'ECONNREFUSED' ||
    code === 'EADDRNOTAVAIL' ||
    code === 'EAFNOSUPPORT' ||
    code === 'ENETUNREACH'
  );
}

async function request(
  host: string,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<Answer> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  const response = await requestOverHttp({ url, signal });
  if ('error' in response) return isRefusal(response.error) ? 'refused' : 'unwell';
  return response.status >= 200 && response.status < 400 ? 'well' : 'unwell';
}

function reach(host: string, port: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    // A signal that has aborted already ends it at once.
    const socket = connect({ host, port, signal });
    const end = (answer: Answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end('well'));
    socket.on('error', (error) => end(isRefusal(error) ? 'refused' : 'unwell'));
  });
}

/** True when nobody listens there, on any address. The answer is a hint: somebody may take it a moment later. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port));
}

function canListen(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Other errors (a port below 1024, no IPv6) are the service's to report.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, ...(host && { host }), exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
