/**
 * The Docker engine's HTTP API: every failure to get an answer is put in words, and says whether the request can have been
 * carried out. How a request is sent is in `engine-request.ts`.
 * Lacks on purpose: what the answers mean (`docker-instance.ts`), and any retry.
 */
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import { type Answer, type Asking, ask, type Line, NoAnswer } from '../engine-request.ts';
import { type DockerEndpoint, explainUnreachable } from './docker-connection.ts';
import { openLine } from './docker-request.ts';

const LOOK_MS = 5_000;
/** The first look over ssh logs in on the way. */
const SSH_LOOK_MS = 35_000;

/**
 * The newest version whose changes have been read. An engine is asked in its own newest version or in this one, whichever is
 * older: each engine knows its own, a newer one still knows this one (Docker 29 refuses those below 1.44, so a fixed old one
 * would not do), and paths without a version are deprecated.
 */
const NEWEST_VERSION = '1.55';

/** An id that no container has. */
export const NOBODY = '0'.repeat(64);

export class DockerApi {
  readonly endpoint: DockerEndpoint;
  /** As the engine names itself: `Docker 28.2.2`. */
  readonly engine: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #line: Line;
  /** Of the API, in which the engine is asked: `1.48`. */
  readonly #version: string;

  private constructor(
    endpoint: DockerEndpoint,
    env: NodeJS.ProcessEnv,
    line: Line,
    engine: string,
    version: string,
  ) {
    this.endpoint = endpoint;
    this.#env = env;
    this.#line = line;
    this.engine = engine;
    this.#version = version;
  }

  /** Finds out that the engine answers, and in which version to ask it. Throws Refusal `engine_unreachable`. */
  static async open(
    endpoint: DockerEndpoint,
    env: NodeJS.ProcessEnv,
    signal?: AbortSignal,
  ): Promise<DockerApi> {
    const line = await openLine(endpoint, env);
    try {
      const timeoutMs = endpoint.transport.by === 'ssh' ? SSH_LOOK_MS : LOOK_MS;
      const { headers, status, body } = await ask(line, '/_ping', {
        method: 'GET',
        timeoutMs,
        signal,
      });
      const version = headers['api-version'];
      if (typeof version !== 'string') {
        const said =
          status === 200
            ? 'what answers there is no Docker engine'
            : `it answers ${status}: ${wordsOf(body)}`;
        throw new NoAnswer('NO_ENGINE', said, true);
      }
      const [, name = 'Docker', number = ''] =
        /^([\w-]+)\/(\S+)/.exec(String(headers.server)) ?? [];
      return new DockerApi(
        endpoint,
        env,
        line,
        // Podman calls itself by its library.
        `${name === 'Libpod' ? 'Podman' : name} ${number}`.trim(),
        older(version, NEWEST_VERSION),
      );
    } catch (error) {
      line.agent.destroy();
      if (error instanceof NoAnswer) throw unreachable(endpoint, error, env);
      throw error;
    }
  }

  /** Asks without changing anything. Throws Refusal `engine_unreachable`, or the signal's reason; any status is an answer. */
  async look(path: string, signal?: AbortSignal): Promise<Answer> {
    try {
      return await ask(this.#line, this.#versioned(path), {
        method: 'GET',
        timeoutMs: LOOK_MS,
        signal,
      });
    } catch (error) {
      if (error instanceof NoAnswer) throw unreachable(this.endpoint, error, this.#env);
      throw error;
    }
  }

  /** The JSON of a look; null for 404. Throws as `look` does, and a definite EngineError for any other status. */
  async read<Shape>(path: string, signal?: AbortSignal): Promise<Shape | null> {
    const { status, body } = await this.look(path, signal);
    if (status === 404) return null;
    if (status !== 200) {
      const next = 'See what `docker version` says here.';
      throw new EngineError(`${this.engine} did not answer a look: ${wordsOf(body)} (${status}).`, {
        definite: true,
        reason: status,
        next,
      });
    }
    return JSON.parse(body.toString()) as Shape;
  }

  /**
   * Asks for a change. `what` completes "the … of": `kill of web-1`. Any status is an answer.
   * Throws EngineError: definite where the request surely never reached the engine.
   */
  async change(
    what: string,
    path: string,
    {
      method = 'POST',
      timeoutMs,
      body,
      onHead,
    }: Omit<Asking, 'method' | 'signal'> & { method?: 'POST' | 'DELETE' },
  ): Promise<Answer> {
    try {
      return await ask(this.#line, this.#versioned(path), { method, timeoutMs, body, onHead });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const { message, next } = explainUnreachable(
        this.endpoint,
        error.code,
        error.message,
        this.#env,
      );
      const said = error.sent
        ? `${message} The ${what} may have happened.`
        : `${message} The ${what} was not asked for.`;
      throw new EngineError(
        said,
        { definite: !error.sent, reason: error.code, next: error.sent ? 'fault recover' : next },
        { cause: error },
      );
    }
  }

  get version(): string {
    return this.#version;
  }

  /** Ends the connections, so that the process can end. */
  close(): void {
    this.#line.agent.destroy();
  }

  #versioned(path: string): string {
    return `/v${this.#version}${path}`;
  }
}

/** What the engine says of an error, without the JSON around it. */
export function wordsOf(body: Buffer): string {
  const text = body.toString().trim();
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    // Proxies answer with pages for browsers.
    const plain = text.startsWith('<')
      ? text
          .replaceAll(/<[^>]*>/g, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim()
      : text;
    return plain.slice(0, 300) || 'no reason given';
  }
}

function unreachable(
  endpoint: DockerEndpoint,
  { code, message }: NoAnswer,
  env: NodeJS.ProcessEnv,
): Refusal {
  const said = explainUnreachable(endpoint, code, message, env);
  return new Refusal('engine_unreachable', said.message, said.next);
}

function older(one: string, other: string): string {
  const minor = (version: string) => Number(version.split('.')[1] ?? 0);
  return minor(one) < minor(other) ? one : other;
}
