/**
 * Any load generator, by what it prints: operations a second out of its output, no latencies. A program that ends is
 * started again. It lives in a process group of its own, behind a shell that ends the group when this process is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  readFigure,
  type ThroughputPattern,
  throughputPattern,
} from '../../story/throughput-patterns.ts';
import type { CommandSpec } from '../../story/workload-spec.ts';
import { signalGroup } from '../../system/processes.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Load, LoadOptions } from '../load.ts';
import type { Recorder } from '../samples/recorder.ts';

const RESTART_MS = 1000;
/** A report of several lines is one report. */
const GATHER_MS = 20;
const GIVE_UP_MS = 2000;
const LONGEST_LINE = 65_536;

/** The program's group ends when our end of the pipe on its standard input does, however that comes about. */
const GROUP_SCRIPT = `exec 3<&0 </dev/null
"$@" 3<&- & program=$!
{ cat <&3 >/dev/null 2>&1; trap '' TERM; kill -TERM 0; sleep 2; kill -KILL 0; } >/dev/null 2>&1 & leash=$!
exec 3<&-
wait $program; code=$?
kill -KILL $leash 2>/dev/null
exit $code`;

/** Throws Refusal `invalid_story` for a pattern that is none. */
export function openCommandLoad(spec: CommandSpec, options: LoadOptions): Load {
  const pattern = throughputPattern(spec.pattern);
  if (!pattern)
    throw new Refusal(
      'invalid_story',
      `The workload's pattern "${spec.pattern}" has no group to read a figure from.`,
      'story check',
    );
  return new CommandLoad(spec, pattern, options);
}

class CommandLoad implements Load {
  readonly #spec: CommandSpec;
  readonly #pattern: ThroughputPattern;
  readonly #options: LoadOptions;
  #recorder: Recorder | null = null;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #timers = new Set<NodeJS.Timeout>();
  #stopping = false;
  /** Of the running program: when it last told a figure, and the highest total of each label. */
  #toldMs = 0;
  #totals = new Map<string, number>();
  #gathered: number | null = null;

  constructor(spec: CommandSpec, pattern: ThroughputPattern, options: LoadOptions) {
    this.#spec = spec;
    this.#pattern = pattern;
    this.#options = options;
  }

  async prepare(say: (text: string) => void, signal: AbortSignal): Promise<void> {
    const { setup } = this.#spec;
    if (!setup) return;
    if (!this.#options.run)
      throw new Error('a load with a set-up was opened without the means to run it');
    // Its arguments may hold a password, and this goes into a log and the journal.
    const name = `set-up (${'argv' in setup.command ? setup.command.argv[0] : 'a shell line'})`;
    say(name);
    const { exit_code } = await this.#options.run(setup.command, {
      timeout_ms: setup.timeout_ms,
      signal,
    });
    if (exit_code === 0) return;
    throw new Refusal(
      'setup_failed',
      `The workload was not started: ${name} ended with exit code ${exit_code}.`,
      'Run it by hand to see why, and start the workload again.',
    );
  }

  start(recorder: Recorder): void {
    this.#recorder = recorder;
    recorder.awaitReports();
    this.#launch();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#flush();
    const child = this.#child;
    if (!child) return;
    const end = (signal: NodeJS.Signals) =>
      child.pid !== undefined && signalGroup(child.pid, signal);
    end('SIGTERM');
    const kill = setTimeout(() => end('SIGKILL'), GIVE_UP_MS);
    await this.#ended;
    clearTimeout(kill);
  }

  #launch(): void {
    this.#toldMs = performance.now();
    this.#totals.clear();
    const { command } = this.#spec;
    const { cwd, env = process.env } = this.#options;
    const argv = 'argv' in command ? command.argv : ['sh', '-c', command.shell];
    const child = spawn('sh', ['-c', GROUP_SCRIPT, 'sh', ...argv], {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    let told = false;
    const read = (line: string) => {
      told = this.#read(line) || told;
    };
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, read);
    child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      const end = (problem: string | null) => {
        if (this.#child !== child) return;
        this.#child = null;
        resolve();
        if (this.#stopping) return;
        if (problem) this.#recorder?.error(problem);
        this.#after(problem || !told ? RESTART_MS : 0, () => this.#launch());
      };
      child.on('close', (code, signal) =>
        end(code === 0 ? null : signal ? `ended by ${signal}` : `exit ${code}`),
      );
      child.on('error', () => end('not started'));
    });
  }

  #read(line: string): boolean {
    const figure = readFigure(this.#pattern, line);
    if (!figure) return false;
    const now = performance.now();
    const before = this.#totals.get(figure.label) ?? 0;
    const operations =
      this.#pattern.figure === 'rate'
        ? (figure.value * (now - this.#toldMs)) / 1000
        : Math.max(0, figure.value - before);
    this.#totals.set(figure.label, figure.value);
    this.#toldMs = now;
    if (this.#gathered === null) this.#after(GATHER_MS, () => this.#flush());
    this.#gathered = (this.#gathered ?? 0) + operations;
    return true;
  }

  #flush(): void {
    if (this.#gathered !== null)
      this.#recorder?.report(Math.round(this.#gathered), performance.now() - this.#toldMs);
    this.#gathered = null;
  }

  #after(delayMs: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Lines end with a line feed, or with the carriage return of a progress line that overwrites itself. */
function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/[\r\n]+/);
    rest = (lines.pop() as string).slice(-LONGEST_LINE);
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => rest && onLine(rest));
}
