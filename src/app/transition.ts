/**
 * One transition from lock to release: opens journal and engine, begins a run where there is none, lets the runner work
 * while the view shows it, and closes everything again whatever happened.
 */
import { dirname } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import type { InstanceRow } from '../fault/instance.ts';
import type { StackRef } from '../fault/stack.ts';
import { type Journal, keepStory, lockRun } from '../journal/index.ts';
import type { Event } from '../run/events.ts';
import { COMMAND_GONE, foregroundLoad } from '../run/foreground-load.ts';
import { needsWatchdog } from '../run/needs-watchdog.ts';
import type { Outgoing } from '../run/outgoing.ts';
import { isUnderWay, type Run } from '../run/run.ts';
import { describeNext, liveSchedules } from '../run/schedules.ts';
import type { Stream } from '../runner/ports.ts';
import { Runner } from '../runner/runner.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { View } from '../view/view.ts';
import { type BeforeRun, noRun, openBeforeRun } from './before-run.ts';
import { refreshCandidates, rememberListing } from './completion.ts';
import { engineKind, openEngine, stackRef } from './engines.ts';
import { loadAhead } from './load-ahead.ts';
import type { Place } from './locate.ts';
import { Outlets } from './outlets/index.ts';
import { openStoryOutlets } from './outlets/of-story.ts';
import type { Outlet } from './outlets/outlet.ts';
import { released } from './outlets/released.ts';
import { createPorts } from './ports.ts';
import { CountdownRecord } from './records/countdown.ts';
import { readEnvironment } from './records/environment.ts';
import { observeEngine } from './records/observe-engine.ts';
import { settleClaim } from './stack-claim.ts';
import { type Launch, WatchdogClient } from './watchdog/client.ts';

export interface TransitionOptions extends BeforeRun {
  /** For the lock's holder file and refusals: `chapter next`. */
  command: string;
  version: string;
  waitMs: number;
  /** True for a command that brings back what is broken: no watchdog that fails to start may keep it from that. */
  recovers?: boolean;
  /** Where the watchdog is to run in this process: how it begins. */
  launch?: Launch | undefined;
  /** False where what was guarded ends with this transition, so that no new watchdog is needed for it. */
  revives?: boolean;
  signal: AbortSignal;
  /** Only written to: whoever opened it closes it. */
  view: Pick<View, 'show'>;
  /** The command's own, told of everything; whoever opened them closes them. */
  outlets?: readonly Outlet[];
  warn(text: string): void;
}

export interface TransitionResult<Result> {
  result: Result;
  run: Run;
  /** The journal's, absolute. */
  path: string;
}

/** Runs `work` as the one writer. Throws what the work throws, with the journal closed and the lock freed. */
export async function transition<Result>(
  options: TransitionOptions,
  work: (runner: Runner) => Stream<Result>,
): Promise<TransitionResult<Result>> {
  const { place, signal, view, warn } = options;
  await loadAhead(place.story);
  let engine = await openBeforeRun(options);
  const journal = await lock(options).catch((error) => {
    engine?.close();
    throw error;
  });
  let listing: () => InstanceRow[] | null = () => null;
  let endObserving = () => {};
  let countdown: CountdownRecord | null = null;
  const outlets = new Outlets(options.outlets ?? [], () => journal.run);
  let over: Outgoing | null = null;
  try {
    for (const warning of journal.warnings) warn(warning);
    outlets.add(await openStoryOutlets(place, journal, warn));
    engine ??= await openEngine(place, options.allowRemote);
    listing = rememberListing(engine);
    await engine.removeStrays?.();
    const begun = await openRun(journal, place, engine, options);
    if (begun) outlets.tell({ type: 'recorded', event: begun });
    endObserving = observeEngine(engine, journal.path as string);
    const watchdog = new WatchdogClient(place, journal.run as Run, journal.path as string, options);
    countdown = new CountdownRecord(dirname(journal.path as string));
    const views = [view, countdown, outlets];
    const runner = new Runner(createPorts(place, engine, journal, watchdog), signal);
    if (options.revives !== false) {
      if (foregroundLoad(journal.run) !== null && !watchdog.isAlive())
        await pump(runner.stopWorkload(COMMAND_GONE), views);
      await revive(watchdog, journal.run as Run, options);
    }
    const result = await pump(work(runner), views);
    signal.throwIfAborted();
    over = released(journal.run, null);
    return { result, run: journal.run as Run, path: journal.path as string };
  } catch (error) {
    over = released(journal.run, error);
    throw error;
  } finally {
    refreshCandidates(place, journal.run, listing());
    endObserving();
    countdown?.end();
    if (engine && journal.run)
      await settleClaim(engine, journal.run, place.stateDir).catch((error: Error) =>
        warn(error.message),
      );
    journal.release();
    engine?.close();
    // Whoever waits for the run need not wait for what is on its way out.
    if (over) outlets.tell(over);
    await outlets.flush(signal);
  }
}

function lock({ place, command, waitMs, signal, warn }: TransitionOptions): Promise<Journal> {
  return lockRun(place.stateDir, {
    command,
    waitMs,
    signal,
    onWait: (holder) => warn(`Waiting for \`${holder.command}\` (pid ${holder.pid}) to end.`),
  });
}

/** A run goes on only with the watchdog that it needs; what only recovers goes on without, and says so. */
async function revive(
  watchdog: WatchdogClient,
  run: Run,
  { launch, recovers, warn }: TransitionOptions,
): Promise<void> {
  try {
    if (launch) await watchdog.begin(run);
    else if (await watchdog.revive(run)) {
      const goOn = liveSchedules(run).map(
        (schedule) => ` ${schedule.id}: ${describeNext(schedule, run, Date.now())}.`,
      );
      warn(`The watchdog of this run was gone; it runs again.${goOn.join('')}`);
    }
    const whyNot = needsWatchdog(run) ? watchdog.whyNot() : null;
    if (whyNot !== null) warn(whyNot);
  } catch (error) {
    if (!recovers) throw error;
    warn((error as Error).message);
  }
}

async function pump<Result>(
  stream: Stream<Result>,
  views: readonly TransitionOptions['view'][],
): Promise<Result> {
  for (;;) {
    const step = await stream.next();
    if (step.done) return step.value;
    for (const view of views) view.show(step.value);
  }
}

/** Begins a run where none is under way, and resolves to that event; refuses to go on with one of another story or stack. */
async function openRun(
  journal: Journal,
  place: Place,
  engine: Engine,
  options: TransitionOptions,
): Promise<Event | null> {
  const stack = await stackRef(engine);
  const { story, storyPath, digest } = place;
  const { run } = journal;
  if (!run || !isUnderWay(run)) {
    if (!options.beginsRun) throw noRun();
    const chapters = story.chapters.map(({ id, title }) => ({ id, title }));
    const begun = journal.begin({
      gameday: options.version,
      story: { name: story.name, path: storyPath, digest, chapters },
      engine: stack,
      environment: await readEnvironment(engine, place.folder),
    });
    recordStory(place, journal);
    return begun;
  }
  if (
    run.engine.kind !== stack.kind ||
    run.engine.project !== stack.project ||
    run.story.path !== storyPath
  ) {
    const was = `${run.story.path ?? 'the default story'} on ${run.engine.kind} ${run.engine.project}`;
    const is = `${storyPath ?? 'the default story'} on ${stack.kind} ${stack.project}`;
    const message = `The run in ${place.stateDir} belongs to ${was}, not to ${is}.`;
    throw new Refusal(
      'other_story',
      message,
      'End it with `chapter reset`, or use another --state-dir.',
    );
  }
  if (isAnother(run.engine.identity, stack.identity)) throw otherEngine(run.engine, stack);
  if (run.story.digest !== digest)
    options.warn(
      'The story file was edited since this run began; chapters are found by their ids.',
    );
  recordStory(place, journal);
  return null;
}

/** For reports and screens, which must not depend on what becomes of the file. */
function recordStory({ story, storyPath, digest, isStandIn }: Place, journal: Journal): void {
  if (isStandIn) return;
  const at = new Date().toISOString();
  keepStory(dirname(journal.path as string), { at, path: storyPath, digest, story });
}

/** Where one of them did not say which it is, nobody can tell. */
function isAnother(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

function otherEngine(was: StackRef, is: StackRef): Refusal {
  const message = `The run was recorded on the engine ${was.identity}, and ${is.identity} is asked now: what was broken there cannot be seen or recovered here.`;
  const next = engineKind(was.kind).owned
    ? 'Run it on the machine where it was recorded.'
    : 'Use the docker context or DOCKER_HOST that it was recorded with.';
  return new Refusal('other_engine', message, next);
}
