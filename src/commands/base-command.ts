/**
 * Base class of every command: its common flags, what a use case is given, and the one place where a result or an error
 * becomes text and an exit code. stdout carries the result, stderr the progress; with `--json` stdout is one object.
 */

import { Command } from '@oclif/core/command';
import { askOnTerminal } from '../app/ask.ts';
import type { CommonFlags, Context } from '../app/context.ts';
import type { Host as HostCli } from '../app/contributions.ts';
import { currentFolder } from '../app/current-folder.ts';
import { type Circumstances, describeError, stillLive } from '../app/error-report.ts';
import type { EventsFile } from '../app/outlets/events-file.ts';
import { ON_STDOUT } from '../app/outlets/outlet.ts';
import { endedWith } from '../app/outlets/released.ts';
import { ignoreClosedPipes, listenForSignals } from '../app/signals.ts';
import { findHome, type Home } from '../app/stack-home.ts';
import { placeWords } from '../app/typed.ts';
import { Refusal } from '../terms/outcomes.ts';
import { renderError } from '../view/errors.ts';
import { Output } from '../view/output.ts';
import type { Result } from '../view/results.ts';
import type { Host } from '../view/spelling.ts';
import { openView, pickMode, type View } from '../view/view.ts';
import { placeFlags } from './flags.ts';

/** Those that begin a run where none is under way. */
const BEGINS = /^(chapter:(next|play|retry|back)|fault:inject|workload:start)$/;

export abstract class GamedayCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = placeFlags;

  /** How commands are told to be typed. */
  protected readonly spelling: Host = {
    bin: this.config.bin,
    separator: this.config.topicSeparator,
  };
  readonly #seen: Context['seen'] = { stateDir: null, journal: null };
  #view: Promise<View> | null = null;

  /** Parses the flags, calls one use case and renders what it found; printed here and nowhere else. */
  protected abstract perform(): Promise<Result>;

  override async run(): Promise<Record<string, unknown>> {
    ignoreClosedPipes();
    refuseWindows();
    const { json, lines, raw, exit } = await this.#performed();
    if (exit) process.exitCode = exit;
    if (!this.jsonEnabled()) {
      if (this.#eventsPath === ON_STDOUT) return json;
      if (raw === undefined) this.stdout.lines(lines);
      else this.stdout.raw(raw);
    }
    await Promise.all([this.stdout.flush(), this.#stderr.flush()]);
    return json;
  }

  /** What a use case works with. Throws Refusal `usage`, and as `findHome` does. */
  protected async context(flags: CommonFlags): Promise<Context> {
    if (flags.events === ON_STDOUT && this.jsonEnabled()) throw twoOnStdout();
    this.#eventsPath = flags.events ?? null;
    this.spelling.place = placeWords(flags);
    const cwd = currentFolder();
    const warned = new Set<string>();
    const say = (text: string) => this.#say(text);
    return {
      cwd,
      flags: { ...flags, ...(await this.#home(flags, cwd)) },
      host: this.config as unknown as HostCli,
      typed: [...(this.id ?? '').split(/[: ]/), ...this.argv],
      version: this.#version(),
      ask: this.#canAsk() ? (question, next) => this.#ask(question, next) : null,
      say,
      warn: (text) => {
        if (!warned.has(text)) say(text);
        warned.add(text);
      },
      openView: () => this.#openView(),
      openEvents: async () => (this.#eventsPath === null ? [] : [await this.#openEvents()]),
      interruptible: (work) => interruptible(work, 'fault list'),
      seen: this.#seen,
    };
  }

  /** Whatever looks at this machine alone goes on where no engine says where the stack is. */
  async #home(flags: CommonFlags, cwd: string): Promise<Home['flags']> {
    try {
      const { flags: home, note } = await findHome(flags, cwd, BEGINS.test(this.id ?? ''));
      if (note !== null) this.#say(note);
      return home;
    } catch (error) {
      if (!this.id?.startsWith('story')) throw error;
      return {};
    }
  }

  /** For lines that come one by one while the command runs. */
  protected get stdout(): Output {
    this.#out ??= this.#outputTo(process.stdout);
    return this.#out;
  }

  /** A command of ours as this host has it typed: `gameday fault recover`. */
  protected spelled(id: string): string {
    return `${this.config.bin} ${id.replaceAll(/[: ]/g, this.config.topicSeparator)}`;
  }

  /** How a screen is drawn and how it speaks. */
  protected screenOptions(): { colour: boolean; host: Host } {
    return { colour: !process.env.NO_COLOR, host: this.spelling };
  }

  protected override logJson(json: unknown): void {
    this.stdout.json(json);
  }

  protected override async catch(error: Error): Promise<void> {
    const report = describeError(error, this.#circumstances());
    process.exitCode = report.exit;
    const live = stillLive(this.#seen.stateDir);
    if (this.jsonEnabled()) {
      this.stdout.json({ error: { ...report, ...(live.length > 0 && { live }) } }, false);
      return;
    }
    const lines = renderError(report, this.spelling);
    if (live.length > 0)
      lines.push(`Still live: ${live.join(', ')}. Recover with \`fault recover\`.`);
    this.#stderr.lines(lines);
    await this.#stderr.flush();
  }

  async #performed(): Promise<Result> {
    try {
      const result = await this.perform();
      await (await this.#view)?.close();
      await this.#endEvents(result.exit ?? 0);
      return result;
    } catch (error) {
      await (await this.#view)?.close(error as Error);
      await this.#endEvents(error as Error);
      throw error;
    }
  }

  /** The last line; also where nothing had begun yet. */
  async #endEvents(end: number | Error): Promise<void> {
    if (this.#eventsPath === null) return;
    const isError = typeof end !== 'number';
    if (!this.#events && !isError) return;
    try {
      const events = await this.#openEvents();
      const error = isError ? describeError(end, this.#circumstances()) : null;
      events.tell(endedWith(error, isError ? 1 : end), null);
      await events.close();
    } catch {
      // What the command ends with says it.
    }
  }

  #openEvents(): Promise<EventsFile> {
    this.#events ??= import('../app/outlets/events-file.ts').then(
      ({ EventsFile }) => new EventsFile(this.#eventsPath ?? '', (text) => this.#say(text)),
    );
    return this.#events;
  }

  #circumstances(): Circumstances {
    return {
      version: this.#version(),
      journal: this.#seen.journal ?? this.#seen.stateDir,
      help: `${(this.id ?? '').replaceAll(':', ' ')} --help`,
    };
  }

  #eventsPath: string | null = null;
  #events: Promise<EventsFile> | null = null;
  #out: Output | null = null;
  readonly #stderr = this.#outputTo(process.stderr);

  #outputTo(stream: NodeJS.WriteStream): Output {
    return new Output(stream, this.spelling);
  }

  #say(text: string): void {
    if (!this.jsonEnabled()) this.#stderr.lines(text.split('\n'));
  }

  #canAsk(): boolean {
    const { stdin, stderr, env } = process;
    return Boolean(stdin.isTTY && stderr.isTTY && !this.jsonEnabled() && !env.CI);
  }

  async #ask(question: string, next: string): Promise<string> {
    await this.#stderr.flush();
    return interruptible((signal) => askOnTerminal(question, signal), next);
  }

  /** Of gameday, not of the host. */
  #version(): string {
    return this.ctor.plugin?.version ?? this.config.version;
  }

  #openView(): Promise<View> {
    const { isTTY = false, columns } = process.stderr;
    const { CI, NO_COLOR } = process.env;
    const json = this.jsonEnabled();
    this.#view ??= openView({
      mode: pickMode({ json, stderrIsTTY: isTTY, ci: Boolean(CI), columns }),
      stderr: process.stderr,
      colour: isTTY && !NO_COLOR && !CI,
    });
    return this.#view;
  }
}

function twoOnStdout(): Refusal {
  return new Refusal(
    'usage',
    '--json and --events - cannot both have stdout.',
    'Give --events the name of a file.',
  );
}

/** Processes, sockets and signals are those of a Unix there. */
function refuseWindows(): void {
  if (process.platform !== 'win32') return;
  throw new Refusal(
    'unsupported_stack',
    'gameday does not run on Windows itself.',
    'Run it inside WSL 2, where it finds Docker Desktop.',
  );
}

/** `next`: to type after the signal. */
async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  next: string,
): Promise<T> {
  const signals = listenForSignals(next);
  try {
    return await work(signals.signal);
  } finally {
    signals.dispose();
  }
}
