/** How a request gets to a Docker engine: by its socket, by TCP with or without TLS, or through ssh. */
import { Agent, request as httpRequest } from 'node:http';
import type { Line } from '../engine-request.ts';
import type { DockerEndpoint } from './docker-connection.ts';

/** Without it, node's agent works out a name for TLS for each request, and compiles a large expression for it. */
const NO_TLS = '';

/** Connects to nothing yet: the first request does. */
export async function openLine(
  { transport }: DockerEndpoint,
  env: NodeJS.ProcessEnv,
): Promise<Line> {
  const headers = { Host: 'docker' };
  if (transport.by === 'ssh') {
    const { dialAgent } = await import('./docker-dial.ts');
    return {
      agent: dialAgent(transport, env),
      request: httpRequest,
      options: { headers },
      prefix: '',
      readyEvent: null,
    };
  }
  if (transport.by === 'unix') {
    const options = { socketPath: transport.path, headers, servername: NO_TLS };
    return {
      agent: new Agent({ keepAlive: true }),
      request: httpRequest,
      options,
      prefix: '',
      readyEvent: 'connect',
    };
  }
  const { host, port, prefix, tls } = transport;
  const options = { host, port, ...(!tls && { servername: NO_TLS }) };
  if (!tls)
    return {
      agent: new Agent({ keepAlive: true }),
      request: httpRequest,
      options,
      prefix,
      readyEvent: 'connect',
    };
  const { Agent: TlsAgent, request } = await import('node:https');
  const { verify, ...keys } = tls;
  const agent = new TlsAgent({ keepAlive: true, rejectUnauthorized: verify, ...keys });
  return { agent, request, options, prefix, readyEvent: 'secureConnect' };
}
