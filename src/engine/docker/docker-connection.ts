/**
 * Where the Docker engine is, found as the docker CLI finds it: DOCKER_HOST, then DOCKER_CONTEXT, then the current context of
 * config.json, then the default socket. No subprocess on the way. Owns the words for an engine that is not there.
 * Lacks on purpose: any talk with the engine (`docker-api.ts`), and Windows' named pipes.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../../terms/outcomes.ts';
import {
  contextNamesIn,
  currentContext,
  type DockerTls,
  readContext,
  readTlsFiles,
} from './docker-context.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

export type DockerTransport =
  | { by: 'unix'; path: string }
  | { by: 'tcp'; host: string; port: number; prefix: string; tls: DockerTls | null }
  | { by: 'ssh'; user: string; host: string; port: string; socket: string };

export interface DockerEndpoint {
  transport: DockerTransport;
  /** For people and records; a user's name or password in the URL is left out. */
  address: string;
  /** What named it: `DOCKER_HOST`, `context "desktop-linux"`, `the default socket`. */
  source: string;
  /** The docker context that named it; absent: none did. */
  context?: string;
  local: boolean;
}

/** Throws Refusal `engine_unreachable` for an address or a context that cannot be used. */
export function findDockerEndpoint(env: NodeJS.ProcessEnv): DockerEndpoint {
  if (env.DOCKER_HOST)
    return parseHost(env.DOCKER_HOST, 'DOCKER_HOST', () => tlsOfEnvironment(env));
  const folder = dockerFolder(env);
  const name = env.DOCKER_CONTEXT || currentContext(folder);
  if (name === null || name === 'default')
    return {
      ...parseHost(`unix://${DEFAULT_SOCKET}`, 'the default socket', () => null),
      context: 'default',
    };
  const { host, tls } = readContext(folder, name);
  return { ...parseHost(host, `context "${name}"`, () => tls), context: name };
}

/** The engine at an address as DOCKER_HOST has it, or that a docker context names, whatever the environment says. Throws as `findDockerEndpoint` does. */
export function endpointBy(word: string, env: NodeJS.ProcessEnv): DockerEndpoint {
  return word.includes('://')
    ? parseHost(word, 'the story', () => tlsOfEnvironment(env))
    : findDockerEndpoint({ ...env, DOCKER_HOST: '', DOCKER_CONTEXT: word });
}

/** Every docker context that there is. */
export function contextNames(env: NodeJS.ProcessEnv): string[] {
  return ['default', ...contextNamesIn(dockerFolder(env))];
}

/** Throws Refusal `remote_engine` for one that is on another machine, where that was not allowed. */
export function refuseRemote(endpoint: DockerEndpoint, allowRemote: boolean): void {
  if (endpoint.local || allowRemote) return;
  const message = `The engine at ${endpoint.address} (${endpoint.source}) is on another machine.`;
  throw new Refusal('remote_engine', message, 'If you mean it, add --allow-remote.');
}

function parseHost(text: string, source: string, tlsOf: () => DockerTls | null): DockerEndpoint {
  // Without a scheme the docker CLI takes it for tcp.
  const [, scheme = 'tcp', rest = text] = /^([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === 'unix') {
    const path = rest || DEFAULT_SOCKET;
    return { transport: { by: 'unix', path }, address: `unix://${path}`, source, local: true };
  }
  const unusable = (why: string) =>
    new Refusal(
      'engine_unreachable',
      `The Docker engine that ${source} names cannot be used: ${why}.`,
      'docker context ls',
    );
  if (scheme === 'npipe')
    throw unusable(
      'gameday does not speak over named pipes; run it in WSL2, where Docker has a unix socket',
    );
  if (scheme !== 'tcp' && scheme !== 'ssh')
    throw unusable(`${scheme}:// is no way to an engine; unix://, tcp:// and ssh:// are`);
  const url = URL.canParse(`${scheme}://${rest}`) ? new URL(`${scheme}://${rest}`) : null;
  if (!url?.hostname || url.search || url.hash) throw unusable('its URL cannot be read');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (scheme === 'ssh') return sshEndpoint(url, host, source, unusable);
  const tls = tlsOf();
  const at = {
    host,
    port: Number(url.port || (tls ? TLS_PORT : PLAIN_PORT)),
    prefix: url.pathname.replace(/\/$/, ''),
  };
  const address = `tcp://${url.hostname}:${at.port}${at.prefix}`;
  return { transport: { by: 'tcp', ...at, tls }, address, source, local: isLoopback(host) };
}

function sshEndpoint(
  url: URL,
  host: string,
  source: string,
  unusable: (why: string) => Refusal,
): DockerEndpoint {
  const { port } = url;
  if (url.password) throw unusable('ssh takes no password in a URL');
  const socket = url.pathname === '/' ? '' : url.pathname;
  // It becomes a word of a command line that the other machine's shell reads.
  if (!/^[\w./-]*$/.test(socket))
    throw unusable(`the socket's path ${socket} has characters that a shell would read`);
  const transport = {
    by: 'ssh',
    user: decodeURIComponent(url.username),
    host,
    port,
    socket,
  } as const;
  return {
    transport,
    address: `ssh://${url.hostname}${port && `:${port}`}${socket}`,
    source,
    local: false,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function tlsOfEnvironment(env: NodeJS.ProcessEnv): DockerTls | null {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return null;
  const folder = env.DOCKER_CERT_PATH || dockerFolder(env);
  return { ...readTlsFiles(folder), verify };
}

function dockerFolder(env: NodeJS.ProcessEnv): string {
  return env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker');
}

/** What is said of an engine that could not be talked to, and what to type. `code` is an errno or one of our own. */
export function explainUnreachable(
  endpoint: DockerEndpoint,
  code: string,
  detail: string,
  env: NodeJS.ProcessEnv,
): { message: string; next: string } {
  const { address, source, transport } = endpoint;
  const where = source === 'the default socket' ? address : `${address} (${source})`;
  const otherwise = `See whether \`docker version\` works here${source === 'the default socket' ? '' : `, and look at ${source}`}.`;
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED': {
      const what = code === 'ENOENT' ? 'the socket does not exist' : 'nobody listens there';
      const start =
        process.platform === 'darwin'
          ? 'Start Docker Desktop'
          : 'Start it: `sudo systemctl start docker`';
      const named =
        source === 'DOCKER_HOST'
          ? 'Correct or unset DOCKER_HOST, or start the engine there.'
          : `Choose another with \`docker context use\`, or start the engine of ${source}.`;
      const near = source === 'the default socket' ? `${start}, then try again.` : named;
      const next = elsewhere(transport, env) ?? (transport.by === 'unix' ? near : otherwise);
      return { message: `No Docker engine at ${where}: ${what}.`, next };
    }
    case 'EACCES':
    case 'EPERM': {
      const next =
        'Join its group with `sudo usermod -aG docker $USER` and log in again, or use sudo.';
      return {
        message: `Permission denied on the Docker engine's socket ${where}.`,
        next: elsewhere(transport, env) ?? next,
      };
    }
    case 'TIMEOUT':
      return {
        message: `The Docker engine at ${where} does not answer: ${detail}.`,
        next: otherwise,
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        message: `The Docker engine at ${where} closed the connection.`,
        next: otherwise,
      };
    default:
      return {
        message: `The Docker engine at ${where} cannot be talked to: ${detail || code}.`,
        next: otherwise,
      };
  }
}

/** A rootless or desktop engine that the docker CLI would not find by itself either. */
function elsewhere(transport: DockerTransport, env: NodeJS.ProcessEnv): string | null {
  if (transport.by !== 'unix' || transport.path !== DEFAULT_SOCKET) return null;
  const home = env.HOME || homedir();
  const candidates = [`${home}/.docker/run/docker.sock`, `${home}/.docker/desktop/docker.sock`];
  if (env.XDG_RUNTIME_DIR) candidates.unshift(`${env.XDG_RUNTIME_DIR}/docker.sock`);
  const found = candidates.find((path) => existsSync(path));
  return found
    ? `There is a socket of another engine: \`export DOCKER_HOST=unix://${found}\``
    : null;
}
