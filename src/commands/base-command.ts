/**
 * The roof beam: what every command has in common, and the one place where an outcome becomes an exit code.
 * stdout carries the result, stderr the progress; with `--json` stdout is one object, for errors too.
 */
import { dirname } from 'node:path';
import { Command } from '@oclif/core/command';
import { askOnTerminal } from '../app/ask.ts';
import { fullCatalogue, OWN_CATALOGUE } from '../app/catalogue.ts';
import { findWorkloadModule, type Host } from '../app/contributions.ts';
import type { Drafting } from '../app/draft.ts';
import { describeError, stillLive } from '../app/error-report.ts';
import { findStateDir, flagsOfRun, type Place, readPlace, readPlaceToMend } from '../app/locate.ts';
import { type LookedAt, lookAtFaults, lookAtWorld } from '../app/read-world.ts';
import { ignoreClosedPipes, listenForSignals, sleep } from '../app/signals.ts';
import type { TransitionOptions, TransitionResult } from '../app/transition.ts';
import { lookAtWatchdog, type WatchdogState } from '../app/watchdog/state.ts';
import type { Catalogue } from '../fault/catalogue.ts';
import type { FaultKind } from '../fault/contribution.ts';
import { type FaultKinds, findKind } from '../fault/fault-kind.ts';
import type { ImpactFigures } from '../impact/figures.ts';
import { type RunView, readRun } from '../journal/index.ts';
import { needsWatchdog } from '../run/needs-watchdog.ts';
import type { World } from '../run/plan.ts';
import { type Fault, faultsSince, isUnderWay, type Run } from '../run/run.ts';
import type { Stream } from '../runner/ports.ts';
import type { Runner } from '../runner/runner.ts';
import { override } from '../story/overrides.ts';
import type { DoctorLine } from '../terms/doctor-line.ts';
import { renderError } from '../view/errors.ts';
import type { Result } from '../view/results.ts';
import { openView, pickMode, type View } from '../view/view.ts';
import { type PlaceFlagValues, placeFlags } from './flags.ts';

/** With `--wait`: as long as the longest transition can reasonably take. */
export const WAIT_MS = 600_000;

export type CommonFlags = PlaceFlagValues & {
  wait?: boolean;
  countdown?: number | undefined;
  seed?: number | undefined;
};

export abstract class GamedayCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = placeFlags;

  /** What to type after a signal has ended this command. */
  protected readonly afterSignal: string = 'fault list';
  #journalPath: string | null = null;
  #stateDir: string | null = null;
  readonly #noted = new Set<string>();

  /** The command itself: what it hands back is printed here and nowhere else. */
  protected abstract perform(): Promise<Result>;

  override async run(): Promise<Record<string, unknown>> {
    ignoreClosedPipes();
    const { json, lines } = await this.perform();
    for (const line of lines) this.log(line);
    return json;
  }

  /** The story and stack that are meant: those of the run under way, unless the flags say otherwise. `mends`: also without a story that can be read. */
  protected async place(flags: CommonFlags, { mends = false } = {}): Promise<Place> {
    const { run } = this.readRun(flags);
    const cwd = process.cwd();
    const { place, note } =
      run && isUnderWay(run) && mends
        ? await readPlaceToMend(flags, run, cwd)
        : {
            place: await readPlace(
              run && isUnderWay(run) ? flagsOfRun(flags, run, cwd) : flags,
              cwd,
              { plugins: () => this.catalogue() },
            ),
            note: null,
          };
    if (note !== null) this.#noteOnce(note);
    this.#stateDir = place.stateDir;
    const story = override(place.story, { countdown_ms: flags.countdown, seed: flags.seed });
    const found = findWorkloadModule(place, this.config as unknown as Host);
    // What mends must not fail for want of a workload.
    return { ...place, story, workloadModule: await (mends ? found.catch(() => null) : found) };
  }

  /** Plugins of the host are asked only where the kind is not ours. Throws Refusal `unknown_kind`. */
  protected async findKind(kind: string): Promise<{ kind: FaultKind; kinds: FaultKinds }> {
    const isOurs = OWN_CATALOGUE.kinds.some((row) => row.kind === kind);
    const { kinds } = isOurs ? OWN_CATALOGUE : await this.catalogue();
    return { kind: findKind(kinds, kind), kinds };
  }

  /** With what the plugins of the host bring. */
  protected async catalogue(): Promise<Catalogue> {
    const { catalogue, notes } = await fullCatalogue(this.config as unknown as Host);
    for (const note of notes) this.#noteOnce(note);
    return catalogue;
  }

  /** The run as it stands, without lock or engine. */
  protected readRun(flags: CommonFlags): RunView {
    this.#stateDir = findStateDir(flags, process.cwd());
    const view = readRun(this.#stateDir);
    this.#journalPath = view.path;
    for (const warning of view.warnings) this.#noteOnce(warning);
    return view;
  }

  /** Story, run and stack as a dry run needs them. Looks only. */
  protected async world(flags: CommonFlags): Promise<{ place: Place; world: World }> {
    const place = await this.place(flags);
    const { run } = this.readRun(flags);
    return { place, world: await lookAtWorld(place, run, flags['allow-remote']) };
  }

  /** What became of the targets of live faults; without an engine the answer says why it is not known. */
  protected async lookAtFaults(flags: CommonFlags, faults: Fault[]): Promise<LookedAt> {
    if (faults.length === 0) return { drifts: new Map(), note: null };
    return lookAtFaults(await this.place(flags, { mends: true }), faults, flags['allow-remote']);
  }

  /** Whether the watchdog that the run needs is there; null where it needs none. */
  protected watchdogState(run: Run | null): { state: WatchdogState; pid: number | null } | null {
    if (!run || this.#journalPath === null || !needsWatchdog(run)) return null;
    const { state, status } = lookAtWatchdog(dirname(this.#journalPath));
    return { state, pid: status?.pid ?? null };
  }

  /** Runs one transition of the run, showing it as it happens. `impact`: of the faults that are live, or were until then. */
  protected async transition<T>(
    flags: CommonFlags,
    options: { beginsRun: boolean; mends?: boolean },
    work: (runner: Runner) => Stream<T>,
  ): Promise<TransitionResult<T> & { place: Place; impact: ImpactFigures[] }> {
    // Loaded for those that change something; and both before they do, whatever becomes of the package meanwhile.
    const { transition } = await import('../app/transition.ts');
    const { readImpact } = await import('../app/read-impact.ts');
    const place = await this.place(flags, options);
    const { run: before } = this.readRun(flags);
    return this.interruptible(async (signal) => {
      const { beginsRun, mends = false } = options;
      const wish = { beginsRun, mends, waitMs: flags.wait ? WAIT_MS : 0, signal };
      const done = await transition(
        { ...(await this.transitionOptions(place, flags)), ...wish },
        work,
      );
      return {
        ...done,
        place,
        impact: readImpact(
          done.path,
          done.run,
          faultsSince(before, done.run),
          place.story.steady_state,
        ),
      };
    });
  }

  /** What every transition of this command has in common. */
  protected async transitionOptions(
    place: Place,
    flags: CommonFlags,
  ): Promise<Omit<TransitionOptions, 'waitMs' | 'beginsRun' | 'signal'>> {
    const [command, version] = [this.spelled(), this.#version()];
    return {
      place,
      command,
      version,
      allowRemote: flags['allow-remote'],
      view: await this.#openView(),
      warn: (text) => this.#noteOnce(text),
    };
  }

  /** While `work` lasts, a signal aborts it in order instead of ending the process where it stands. */
  protected async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signals = listenForSignals(this.afterSignal);
    try {
      return await work(signals.signal);
    } finally {
      signals.dispose();
    }
  }

  /** What the workload felt of faults of the run; empty where that is not known. */
  protected async impact(
    flags: CommonFlags,
    { run, path }: Pick<RunView, 'run' | 'path'>,
    faults: Fault[],
  ): Promise<ImpactFigures[]> {
    if (!run || path === null || !faults.some((fault) => fault.workload)) return [];
    // A story that cannot be read has no thresholds; what was measured is worth showing all the same.
    const place = await this.place(flags, { mends: true }).catch(() => null);
    const { readImpact } = await import('../app/read-impact.ts');
    return readImpact(
      path,
      run,
      faults,
      place?.story.steady_state ?? {
        thresholds: [],
        probes: [],
        objective: null,
        recover_within_ms: 0,
      },
    );
  }

  /** Waits between two transitions, while nothing is held. Rejects with the signal's reason. */
  protected stay(forMs: number, signal: AbortSignal): Promise<void> {
    return sleep(forMs, signal);
  }

  /** A line for people, beside the result. */
  protected note(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${text}\n`);
  }

  #noteOnce(text: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.note(text);
  }

  /** True where somebody can be asked. */
  protected interactive(): boolean {
    return Boolean(
      process.stdin.isTTY && process.stderr.isTTY && !this.jsonEnabled() && !process.env.CI,
    );
  }

  /** Asks on the terminal; anything but yes is no. Call it only where `interactive()`. */
  protected async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test(await this.ask(`${question} [y/N] `));
  }

  /** Asks on the terminal; where no more input comes, the answer is empty. Call it only where `interactive()`. */
  protected ask(question: string): Promise<string> {
    return this.interruptible((signal) => askOnTerminal(question, signal));
  }

  /** The services that the Compose files have, for a stack that does not run. */
  protected async serviceNames(place: Place): Promise<string[]> {
    const { readServiceNames } = await import('../app/draft.ts');
    return readServiceNames(place);
  }

  /** What `story init` works with; its rooms are loaded for it alone. */
  protected async drafting(
    flags: CommonFlags,
    wish: { output: string | null; shownOnly: boolean },
  ): Promise<Drafting> {
    const { openDraft } = await import('../app/draft.ts');
    const spell = (id: string) => this.spelled(id, true);
    return openDraft({
      ...wish,
      cwd: process.cwd(),
      engine: flags.engine ?? null,
      files: flags['compose-file'] ?? [],
      project: flags.project ?? null,
      stateDir: flags['state-dir'] ?? null,
      spell,
    });
  }

  /** What `story doctor` finds; its rooms are loaded for it alone. */
  protected async examine(flags: CommonFlags): Promise<DoctorLine[]> {
    const { examine } = await import('../app/doctor/examine.ts');
    return examine(flags, flags['allow-remote'], process.cwd());
  }

  protected unfinishedLine({ text, next }: { text: string; next: string }): string {
    return `${text} Next: \`${this.spelled(next, true)}\`.`;
  }

  /** A command of ours as this host spells it: `gameday fault recover`. */
  protected spelled(id = this.id ?? '', withBin = false): string {
    const spelled = id.replaceAll(/[: ]/g, this.config.topicSeparator);
    return withBin ? `${this.config.bin} ${spelled}` : spelled;
  }

  protected override async catch(error: Error): Promise<void> {
    const report = describeError(error, {
      version: this.#version(),
      journal: this.#journalPath ?? this.#stateDir,
      help: `${this.spelled()} --help`,
    });
    process.exitCode = report.exit;
    const live = stillLive(this.#stateDir);
    if (this.jsonEnabled()) {
      process.stdout.write(
        `${JSON.stringify({ error: { ...report, ...(live.length > 0 && { live }) } })}\n`,
      );
      return;
    }
    const lines = renderError(report, this.config.bin, this.config.topicSeparator);
    if (live.length > 0)
      lines.push(
        `Still live: ${live.join(', ')}. Mend with \`${this.spelled('fault:recover', true)}\`.`,
      );
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  /** Ours, not the host's. */
  #version(): string {
    return this.ctor.plugin?.version ?? this.config.version;
  }

  async #openView(): Promise<View> {
    const { isTTY = false, columns } = process.stderr;
    const mode = pickMode({
      json: this.jsonEnabled(),
      stderrIsTTY: isTTY,
      ci: Boolean(process.env.CI),
      columns,
    });
    return openView({
      mode,
      stderr: process.stderr,
      colour: isTTY && !process.env.NO_COLOR && !process.env.CI,
    });
  }
}
