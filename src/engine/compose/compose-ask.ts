/**
 * One question to Docker Compose, through the docker-compose package: `config` of some files. No engine is needed for it. The
 * program is ended with its group when its time is over or this process is told to end.
 * Lacks on purpose: what the answer means (`compose-model.ts`, `compose-project.ts`).
 */
import type { ChildProcess } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { IDockerComposeOptions, IDockerComposeResult } from 'docker-compose';
import { formatDuration } from '../../terms/duration.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { readValues, sayWithout } from './compose-words.ts';

export interface Question {
  /** Absolute; where `docker compose` is started. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Empty: as Docker Compose finds its own. */
  files?: readonly string[];
  /** A Compose file's text, in place of files. */
  text?: string;
  project?: string | null;
  profiles?: readonly string[];
  limitMs?: number;
}

const LIMIT_MS = 30_000;
/** For the rest of the output of a program that has ended. */
const OUTPUT_MS = 500;
/** More than the largest model; YAML whose aliases multiply prints more than any memory holds. */
const LONGEST_ANSWER = 32 * 1024 * 1024;
/** No engine is needed to read a model, but the docker program waits for one that hangs. So it is shown none. */
const NO_ENGINE = 'unix:///var/empty/gameday-asks-no-engine.sock';
/**
 * Programs that give ours a group of its own, so that it can be ended with all that it started, and that end it also where this
 * process was killed. Empty where they are missing, as on macOS: there the program alone is ended.
 */
const LEADERS = leaders();

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hung_up' } as const;
type Signal = keyof typeof SIGNALS;

/** What there may be, in order. The last one is v1, which prints YAML and knows no other format. */
const WAYS = [
  { program: 'docker', format: ['--format', 'json'] },
  { program: 'docker-compose', format: ['--format', 'json'] },
  { program: 'docker-compose', format: [] },
] as const;

/**
 * What `docker compose config` prints: JSON, or YAML from Compose v1. Throws Refusal `unsupported_stack` with its words (but no
 * value of the environment) where it refuses the files, or where it is not on this machine; `engine_unreachable` where it gives
 * no answer in time.
 */
export async function askCompose(question: Question): Promise<string> {
  for (const way of WAYS) {
    const answer = await ask(question, way);
    if (answer !== null) return answer;
  }
  throw new Refusal(
    'unsupported_stack',
    'Docker Compose is not on this machine, and nothing else reads Compose files as it does.',
    'Install its plugin (https://docs.docker.com/compose/install/linux/), then try `docker compose version`.',
  );
}

/** Null where this way does not exist here. */
async function ask(question: Question, way: (typeof WAYS)[number]): Promise<string | null> {
  const { default: compose } = await import('docker-compose');
  const { limitMs = LIMIT_MS } = question;
  try {
    const asked = () => compose.execCompose('config', [], optionsOf(question, way));
    const { out, truncated } = await inTime(asked, limitMs);
    if (!truncated.out) return out;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES') return null;
    if (code !== undefined) throw refused(`Docker Compose cannot be started: ${code}.`, error);
    const { err = '', exitCode = null } = error as Partial<IDockerComposeResult>;
    if (isMissing(err, exitCode)) return null;
    const { cwd, files = [], env } = question;
    const values = readValues([cwd, ...files.map((file) => dirname(file))], files, env);
    throw refused(`Docker Compose cannot read the stack: ${sayWithout(values, err)}.`);
  }
  throw refused('Docker Compose prints a model of the stack that is too large to be read.');
}

function refused(message: string, cause?: unknown): Refusal {
  const next = 'Fix that first; `docker compose config` shows the same.';
  return new Refusal('unsupported_stack', message, next, [], { cause });
}

function leaders(): string[] {
  const [setsid, timeout] = ['setsid', 'timeout'].map((name) =>
    ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path)),
  );
  if (process.platform !== 'linux' || !setsid || !timeout) return [];
  return [setsid, timeout, '-s', 'KILL', String(LIMIT_MS / 1000 + 1)];
}

function optionsOf(
  { cwd, env, files, text, project, profiles = [] }: Question,
  { program, format }: (typeof WAYS)[number],
): IDockerComposeOptions {
  const { DOCKER_CONTEXT: _context, DOCKER_TLS_VERIFY: _tls, ...rest } = env;
  const [executablePath = program, ...words] = [...LEADERS, program];
  return {
    cwd,
    env: { ...rest, DOCKER_HOST: NO_ENGINE },
    executable:
      program === 'docker'
        ? { executablePath, options: words }
        : { executablePath, standalone: true },
    composeOptions: [
      ...(program === 'docker' ? [] : words),
      ...(project ? [['-p', project]] : []),
      ...profiles.map((profile) => ['--profile', profile]),
    ],
    commandOptions: [...format],
    maxOutputLength: LONGEST_ANSWER,
    ...(text === undefined ? { config: [...(files ?? [])] } : { configAsString: text }),
  };
}

/** Ends the program with its group when the time is over, when this process is told to end, and when it has answered. */
async function inTime(
  start: () => Promise<IDockerComposeResult>,
  limitMs: number,
): Promise<IDockerComposeResult> {
  // The package hands out no process, and starts it before its call returns.
  const started: ChildProcess[] = [];
  const listen = (message: unknown) => started.push((message as { process: ChildProcess }).process);
  const starts = channel('child_process');
  starts.subscribe(listen);
  const asked = start();
  starts.unsubscribe(listen);
  const over = Promise.withResolvers<never>();
  const message = `\`docker compose config\` gave no answer within ${formatDuration(limitMs)}.`;
  const timer = setTimeout(
    () => over.reject(new Refusal('engine_unreachable', message, 'Try it by hand, then again.')),
    limitMs,
  );
  const end = () => started.forEach(endGroup);
  const onSignal = (name: Signal) => {
    end();
    over.reject(new Refusal(SIGNALS[name], `Ended by ${name}.`, 'Try it again.'));
  };
  listenForSignals(onSignal);
  try {
    return await Promise.race([asked, over.promise, ...started.map(answerOf)]);
  } finally {
    clearTimeout(timer);
    ignoreSignals(onSignal);
    end();
  }
}

/**
 * The answer as soon as the program has ended. The package waits 500 ms more, and keeps this process alive that long
 * (PDMLab/docker-compose#347), so its listener is taken off. What cannot be started is told by the package.
 */
function answerOf(program: ChildProcess): Promise<IDockerComposeResult> {
  program.removeAllListeners('exit');
  const [out, err] = [program.stdout, program.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream?.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_ANSWER) chunks.push(chunk);
    });
    return { text: () => Buffer.concat(chunks).toString(), isCut: () => length > LONGEST_ANSWER };
  }) as [Output, Output];
  return new Promise((resolve, reject) => {
    program.once('exit', (exitCode) => {
      const settle = () => {
        clearTimeout(timer);
        const truncated = { out: out.isCut(), err: err.isCut() };
        const answer = { exitCode, out: out.text(), err: err.text(), truncated };
        if (exitCode === 0) resolve(answer);
        else reject(answer);
      };
      // Something that it started may hold its output open.
      const timer = setTimeout(settle, OUTPUT_MS);
      program.once('close', settle);
    });
  });
}

interface Output {
  text(): string;
  isCut(): boolean;
}

const listeners = new Set<(name: Signal) => void>();

function listenForSignals(listener: (name: Signal) => void): void {
  if (listeners.size === 0) for (const name of Object.keys(SIGNALS)) process.on(name, passSignal);
  listeners.add(listener);
}

function ignoreSignals(listener: (name: Signal) => void): void {
  listeners.delete(listener);
  if (listeners.size === 0) for (const name of Object.keys(SIGNALS)) process.off(name, passSignal);
}

function passSignal(name: Signal): void {
  for (const listener of listeners) listener(name);
  // Nobody else wants to end in order: then this process ends as it would have without us.
  if (process.listenerCount(name) > 1) return;
  process.off(name, passSignal);
  process.kill(process.pid, name);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  for (const target of LEADERS.length > 0 ? [-pid, pid] : [pid])
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
}

/** A docker program without the plugin takes our words for its own; v1 knows no `--format`; 126 and 127 are of what starts it. */
function isMissing(stderr: string, exitCode: number | null): boolean {
  if ((exitCode === 126 || exitCode === 127) && /\b(?:setsid|timeout): /.test(stderr)) return true;
  return /is not a docker command|unknown command: docker compose|See 'docker(?: --help)?'|unknown shorthand flag|^Usage: +docker \[OPTIONS\] COMMAND|^Usage: config/m.test(
    stderr,
  );
}
