/**
 * The ability `stress` of local processes: a load beside them on this machine, one process for each effect, under a keeper as the
 * services have. It takes the machine's processors and memory, not the target's alone, and stays when the target restarts. Its
 * program is copied into the stack's folder, so that an update or the removal of gameday takes nothing away from under it.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { label } from '../../fault/instance.ts';
import { amountsOf, type StressEffect, StressEffectSchema } from '../../fault/resource-effect.ts';
import { replaceFile } from '../../system/files.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { cpusText, megabytes, reserveOf, whyShort } from '../load-amounts.ts';
import { drawName, nameOf } from '../load-name.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { argumentsOf, type LoadStatus, SAY_EVERY_MS, STATUS_FILE } from './load/protocol.ts';
import { endInstance } from './process-end.ts';
import { startInstance, unwritable } from './process-life.ts';
import { lastWords, logPath } from './process-log.ts';
import { readStanding, readStandings, removeFolder } from './process-record.ts';

const MB = 1024 ** 2;
/** What a program of node has in memory before it takes any. */
const LEAST_MEMORY = 64 * MB;
const READY_MS = 10_000;
/** So much is taken in a second at least, on any machine. */
const FILL_BYTES_PER_S = 50 * MB;
const LOOK_EVERY_MS = 20;
/** What was asked for just before its author died has begun by then. */
const SETTLE_MS = 3000;
/** Of a fault without a limit: a load never stays for good. */
const LONGEST_MS = 3_600_000;

/** `stateDir`: of the engine. */
export function createLoads(stateDir: string): Ability {
  const folder = loadFolder(stateDir);
  const end = async (name: string) => {
    await endInstance(folder, name);
    removeFolder(join(folder, name));
    removeFolder(logPath(folder, name));
  };

  return {
    async whyNot(_target, effect) {
      return whyTooMuch(resolved(effect));
    },

    async bind(_target, effect) {
      return { ...resolved(effect), name: drawName() };
    },

    async set(_target, effects, undone = []) {
      for (const { fault, effect } of undone)
        if (!effects.some((each) => each.fault === fault)) await end(nameOf(parseEffect(effect)));
      for (const each of effects) await start(folder, each);
    },

    async read(_now, effects) {
      return effects.map(({ effect }): Reading => {
        const name = nameOf(parseEffect(effect));
        return { state: isRunning(folder, name) ? 'in_force' : 'absent' };
      });
    },

    async measure(target, effect) {
      const parsed = parseEffect(effect);
      if (parsed.memory === undefined) await delay(2 * SAY_EVERY_MS);
      const { cpus, memory = 0 } = statusOf(folder, nameOf(parsed)) ?? {};
      const what =
        parsed.memory === undefined ? cpusText(cpus ?? 0) : `${megabytes(memory)} of memory`;
      return `the load beside ${label(target)} uses ${what} of this machine`;
    },

    settleMs: () => SETTLE_MS,
  };
}

/** Ends all that is left of them; idempotent. */
export async function endLoads(stateDir: string): Promise<void> {
  const folder = loadFolder(stateDir);
  for (const { id } of readStandings(folder)) await endInstance(folder, id);
  removeFolder(folder);
}

function loadFolder(stateDir: string): string {
  return join(stateDir, 'loads');
}

/** Idempotent. Throws EngineError, with nothing of it left, or as `startInstance` does. */
async function start(
  folder: string,
  { fault, target, effect, deadline }: LiveEffect,
): Promise<void> {
  const parsed = parseEffect(effect);
  const { cpus = 0, memory = 0 } = parsed;
  const name = nameOf(parsed);
  const until = deadline ?? new Date(Date.now() + LONGEST_MS).toISOString();
  if (Date.parse(until) <= Date.now()) return;
  if (!isRunning(folder, name)) {
    const order = {
      fault,
      beside: label(target),
      cpus,
      memory,
      reserve: reserveOf(totalmem()),
      until,
    };
    const spec = {
      command: [process.execPath, programIn(folder), ...argumentsOf(order)],
      replicas: 1,
      port: null,
      env: {},
      health: null,
      restart: 'no' as const,
      working_dir: folder,
    };
    const wanted = { id: name, service: 'load', number: 1, spec };
    await startInstance(folder, wanted, { fresh: true, claim: async () => null });
  }
  const readyMs = READY_MS + (memory / FILL_BYTES_PER_S) * 1000;
  for (const endAt = performance.now() + readyMs; statusOf(folder, name) === null; ) {
    const isOver = !isRunning(folder, name);
    if (isOver || performance.now() > endAt) {
      const why = isOver ? 'ended' : `is not ready after ${readyMs / 1000} s`;
      const words = lastWords(logPath(folder, name));
      await endInstance(folder, name);
      throw new EngineError(`The load beside ${label(target)} ${why}.${words}`, {
        definite: true,
        next: 'fault list',
      });
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** In the source tree the source itself; once bundled, a copy of the one file that it is. Throws Refusal `state_unwritable`. */
function programIn(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (import.meta.filename.endsWith('.ts'))
      return new URL('../../load-main.ts', import.meta.url).pathname;
    const copy = join(folder, 'gameday-load.mjs');
    replaceFile(copy, readFileSync(new URL('./load-main.js', import.meta.url).pathname, 'utf8'));
    return copy;
  } catch (error) {
    throw unwritable(folder, error) ?? error;
  }
}

function isRunning(folder: string, name: string): boolean {
  return readStanding(folder, name)?.bearer === 'ours';
}

/** Null: it has not said anything yet. */
function statusOf(folder: string, name: string): LoadStatus | null {
  const generation = readStanding(folder, name)?.generation;
  if (!generation?.command) return null;
  try {
    const text = readFileSync(join(generation.folder, STATUS_FILE), 'utf8');
    const status = JSON.parse(text) as LoadStatus;
    return status.pid === generation.command.pid ? status : null;
  } catch {
    return null;
  }
}

function resolved(effect: Effect): StressEffect {
  const most = { cpus: availableParallelism(), memory: totalmem() };
  return { on: 'stress', ...amountsOf(parseEffect(effect), most) };
}

function whyTooMuch({ cpus = 0, memory }: StressEffect): Hindrance | null {
  const have = availableParallelism();
  if (cpus > have)
    return { why: `this machine has only ${cpusText(have)}`, next: 'Choose fewer --cores.' };
  if (memory === undefined) return null;
  if (memory < LEAST_MEMORY)
    return {
      why: `what takes the memory needs ${megabytes(LEAST_MEMORY)} itself`,
      next: `Choose a --size from ${megabytes(LEAST_MEMORY)} on.`,
    };
  return whyShort(memory, { memory: totalmem(), memory_free: process.availableMemory() });
}

const parseEffect = (effect: Effect): StressEffect => parseEffectBy(StressEffectSchema, effect);
