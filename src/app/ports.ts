/** Hands the runner what it works on: the one place where its ports are connected. */
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Engine } from '../engine/engine.ts';
import { WINDOW_MS } from '../impact/windows.ts';
import { type Journal, readHalt } from '../journal/index.ts';
import { askedOccasion } from '../run/occasion.ts';
import type { Run } from '../run/run.ts';
import type { RunnerPorts } from '../runner/ports.ts';
import { aloneIn } from './alone.ts';
import type { Place } from './locate.ts';
import { createMeasure } from './measure.ts';
import { lookByWay, waysOf } from './reach.ts';
import { drawSeed } from './read-world.ts';
import { sleep } from './signals.ts';
import { claimStack } from './stack-claim.ts';
import { AbortWatch } from './watchdog/abort-watch.ts';
import type { WatchdogClient } from './watchdog/client.ts';

// A regular expression of a story that goes back and forth without end would hold up the recovery that is due meanwhile. With
// this V8 goes on in time that grows with the text alone, but for expressions that look around or refer back.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** How soon a command that is under way notices a condition: as often as there is something new. */
const GUARD_EVERY_MS = WINDOW_MS;

/** The journal is open and has a run. */
export function createPorts(
  place: Place,
  engine: Engine,
  journal: Journal,
  watchdog: WatchdogClient,
): RunnerPorts {
  const conditions = new AbortWatch(watchdog.files.samples);
  const openWays = waysOf(place.story.engine, () => engine);
  return {
    engine,
    journal,
    story: place.story,
    measure: createMeasure({
      files: watchdog.files,
      workload: place.story.workload,
      steadyState: place.story.steady_state,
      readRun: () => journal.run,
      watchdog,
    }),
    look: (probe, signal) => lookByWay(probe, openWays, signal),
    askHook: async (hook, about, signal) => {
      const { runHook } = await import('./outlets/run-hook.ts');
      const at = new Date().toISOString();
      const asked = askedOccasion(journal.run as Run, about, at);
      return runHook(hook, asked, place.folder, signal);
    },
    claim: (durationMs) => claimStack(engine, journal.run as Run, place.stateDir, durationMs),
    arm: () => watchdog.arm(journal.run?.seq ?? 0),
    watchConditions: (onDue) => {
      const timer = setInterval(() => {
        const due = conditions.due(journal.run, { isHeld: true });
        if (!due) return;
        clearInterval(timer);
        onDue(due);
      }, GUARD_EVERY_MS);
      return { end: () => clearInterval(timer) };
    },
    watchHalt: (onHalt) => {
      const timer = setInterval(() => {
        const halt = readHalt(place.stateDir);
        if (!halt) return;
        clearInterval(timer);
        onHalt(halt);
      }, GUARD_EVERY_MS);
      return { end: () => clearInterval(timer) };
    },
    halted: () => readHalt(place.stateDir),
    alone: aloneIn(dirname(journal.path as string)),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep,
    drawSeed,
  };
}
