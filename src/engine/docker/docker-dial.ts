/**
 * Connections to an engine on another machine: each is an `ssh` that runs `docker system dial-stdio` over there, as the docker
 * CLI has it; keys, jumps and names are ssh's own business. The agent keeps one open for the next request.
 * Lacks on purpose: a password prompt; gameday may run without a terminal, and ssh asks on the terminal by itself if it can.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import type { DockerTransport } from './docker-connection.ts';

const STDERR_BYTES = 2000;

export function dialAgent(
  transport: Extract<DockerTransport, { by: 'ssh' }>,
  env: NodeJS.ProcessEnv,
): Agent {
  const { user, host, port, socket } = transport;
  const remote = ['docker', ...(socket ? [`--host=unix://${socket}`] : []), 'system', 'dial-stdio'];
  const args = [
    '-o',
    'ConnectTimeout=30',
    '-T',
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', port] : []),
    '--',
    host,
    ...remote,
  ];
  // Each connection is a log-in over there; a few at once are enough, and more may be refused.
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  agent.createConnection = () => new ProgramSocket(spawn('ssh', args, { env, stdio: 'pipe' }));
  return agent;
}

/** A program's stdin and stdout as one socket, with as much of a socket's manners as node's agent asks for. */
class ProgramSocket extends Duplex {
  readonly #program: ChildProcessWithoutNullStreams;
  #said = '';

  constructor(program: ChildProcessWithoutNullStreams) {
    super();
    this.#program = program;
    program.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) program.stdout.pause();
    });
    program.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-STDERR_BYTES);
    });
    program.stdin.on('error', () => {}); // Its end is what is reported, with what it said.
    program.on('error', (error) =>
      this.destroy(asSshError(`ssh cannot be started: ${error.message}`)),
    );
    program.on('close', (code) => {
      if (code === 0) this.push(null);
      else
        this.destroy(
          asSshError(`ssh ended with exit code ${code}: ${this.#said.trim() || 'it said nothing'}`),
        );
    });
  }

  override _read(): void {
    this.#program.stdout.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: string,
    callback: (error?: Error | null) => void,
  ): void {
    // A program that has ended takes no more, and why it ended is told by its end, which comes a moment later.
    this.#program.stdin.write(chunk, () => callback());
  }

  override _final(callback: () => void): void {
    this.#program.stdin.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#program.kill();
    callback(error);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.#each((handle) => handle.ref?.());
    return this;
  }

  /** An idle connection keeps no process from ending. */
  unref(): this {
    this.#each((handle) => handle.unref?.());
    return this;
  }

  #each(change: (handle: { ref?(): void; unref?(): void }) => void): void {
    const { stdin, stdout, stderr } = this.#program;
    for (const handle of [this.#program, stdin, stdout, stderr])
      change(handle as { ref?(): void; unref?(): void });
  }
}

function asSshError(message: string): Error {
  return Object.assign(new Error(message), { code: 'SSH' });
}
