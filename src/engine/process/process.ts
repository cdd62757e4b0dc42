/**
 * The embedded engine: local processes as a stack, no Docker. It owns which instances there should be, and brings them
 * up and down; how one lives and dies is in `process-life.ts`, what is known of it in `process-record.ts`.
 * Lacks on purpose: a background process of its own, a history of health checks (`unhealthy_since` is always null), and
 * the story, of which it sees the services alone. Callers that change something hold the run's lock, but for the watchdog's undo.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import type { ProcessService } from '../../story/story.ts';
import { machineId } from '../../system/machine.ts';
import { runProgram } from '../../system/program.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Engine, OwnedStack } from '../engine.ts';
import { createLifecycle, type LifecycleVerbs, type Verb, type VerbOptions } from '../lifecycle.ts';
import { GRACE_MS, lookAtHealth } from './process-health.ts';
import {
  crashInstance,
  endInstance,
  STOP_MS,
  setPaused,
  startInstance,
  until,
  unwritable,
} from './process-life.ts';
import { endIn, endOfLog, lastWords, linesAfter, logPath, tailOf } from './process-log.ts';
import { planInstances, portOf, type Wanted } from './process-plan.ts';
import { readStanding, readStandings, removeFolder, type Standing } from './process-record.ts';

const HEALTHY_MS = 60_000;
/** A service without a health check is up when it has lived this long. */
const SETTLED_MS = 1000;
const LOOK_EVERY_MS = 50;

export interface ProcessEngineOptions {
  project: string;
  services: Record<string, ProcessService>;
  /** Absolute; a folder of its own, made when first needed, 0700. */
  stateDir: string;
  /** Where the story's programs run. */
  cwd: string;
  /** As long as a service may take until its health check is met; a minute where it is not given. */
  healthyWithinMs?: number;
}

/** Reads and starts nothing yet. Throws Refusal (`unsupported_stack`) for names or ports that cannot be. */
export async function openProcessEngine(options: ProcessEngineOptions): Promise<ProcessEngine> {
  return new ProcessEngine(options, planInstances(options.services));
}

export class ProcessEngine implements Engine, LifecycleVerbs, OwnedStack {
  readonly kind = 'process';
  readonly abilities: Engine['abilities'] = { lifecycle: createLifecycle(this) };
  readonly owned = this;
  readonly project: string;
  readonly #services: Record<string, ProcessService>;
  readonly #stateDir: string;
  readonly #cwd: string;
  readonly #healthyWithinMs: number;
  readonly #wanted: readonly Wanted[];
  /** There from the first step of `up` or `down` to its last, so that what an interrupted one left is not mistaken for faults. */
  readonly #unfinished: string;

  constructor(
    { project, services, stateDir, cwd, healthyWithinMs = HEALTHY_MS }: ProcessEngineOptions,
    wanted: Wanted[],
  ) {
    this.project = project;
    this.#services = services;
    this.#stateDir = stateDir;
    this.#cwd = cwd;
    this.#healthyWithinMs = healthyWithinMs;
    this.#wanted = wanted;
    this.#unfinished = join(stateDir, 'unfinished');
  }

  async describe() {
    return `processes of this machine, recorded in ${this.#stateDir}`;
  }

  /** The machine: a process is nowhere else. */
  async identity() {
    return machineId();
  }

  async clock() {
    return new Date().toISOString();
  }

  async services() {
    return Object.keys(this.#services);
  }

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    const rows = await Promise.all(
      readStandings(this.#stateDir).map((standing) => this.#row(standing, signal)),
    );
    signal?.throwIfAborted();
    return rows;
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    signal?.throwIfAborted();
    let standing = readStanding(this.#stateDir, id);
    if (standing === null) return null;
    // The command has ended this moment, and its keeper is about to write down how.
    if (standing.bearer === 'gone' && standing.keeperAlive && standing.generation?.exit === null) {
      await until(() => readStanding(this.#stateDir, id)?.generation?.exit !== null, 300);
      standing = readStanding(this.#stateDir, id) ?? standing;
    }
    const { generation } = standing;
    const row = await this.#row(standing, signal);
    signal?.throwIfAborted();
    return {
      ...row,
      incarnation: generation?.command?.started_at ?? null,
      started_at: generation?.command?.started_at ?? null,
      finished_at: generation?.exit?.finished_at ?? null,
      exit_code: generation?.exit?.code ?? null,
      oom_killed: false,
      restart_count: Math.max(0, (generation?.command?.run ?? 1) - 1),
      restarted_by: generation?.keeper?.restart === 'always' ? 'always' : null,
      unhealthy_since: null,
      healthy_within_ms: this.#services[standing.service]?.health ? GRACE_MS : null,
      depends_on: [],
      record: {
        pid: standing.bearer === 'ours' ? (generation?.command?.pid ?? null) : null,
        restart_policy: generation?.keeper?.restart ?? 'no',
      },
    };
  }

  stopMs(): number {
    return STOP_MS;
  }

  async perform(
    verb: Verb,
    { id, service, number }: Instance,
    { signal, grace_ms }: VerbOptions = {},
  ): Promise<void> {
    const standing = readStanding(this.#stateDir, id);
    if (standing === null) {
      const next = 'Bring the stack up first: `chapter next`.';
      throw new EngineError(`There is no instance ${id} under ${this.#stateDir}.`, {
        definite: true,
        reason: 'ESRCH',
        next,
      });
    }
    if (verb === 'start') return this.#start(id, service, number, standing);
    if (standing.bearer === 'foreign') {
      const pid = standing.generation?.command?.pid;
      const message = `${id} has ended, and its pid ${pid} belongs to another process now, which gameday does not touch.`;
      throw new EngineError(message, {
        definite: true,
        reason: 'foreign_pid',
        next: 'fault recover',
      });
    }
    switch (verb) {
      case 'kill':
        return endInstance(this.#stateDir, id, { signal });
      case 'stop':
        return endInstance(this.#stateDir, id, { grace_ms: grace_ms ?? STOP_MS });
      case 'crash':
        return crashInstance(standing);
      case 'pause':
      case 'unpause': {
        const paused = verb === 'pause';
        if (standing.state === (paused ? 'paused' : 'running')) return;
        if (standing.bearer === 'ours') return setPaused(standing, paused);
        const next = 'fault recover';
        throw new EngineError(`${id} cannot be ${verb}d: it is ${standing.state}.`, {
          definite: true,
          reason: standing.state,
          next,
        });
      }
    }
  }

  async #start(id: string, service: string, number: number, { state }: Standing): Promise<void> {
    if (state === 'running' || state === 'restarting') return;
    if (state === 'paused') {
      throw new EngineError(`${id} cannot be started: it is paused.`, {
        definite: true,
        reason: 'paused',
        next: 'fault recover',
      });
    }
    const spec = this.#services[service];
    if (spec === undefined) {
      const next = `Put \`services.${service}\` back into the story, then \`fault recover\`.`;
      throw new EngineError(
        `${id} cannot be started: the story has no service ${service} any more.`,
        { definite: true, reason: 'no_service', next },
      );
    }
    await startInstance(this.#stateDir, { id, service, number, spec }, false);
  }

  async logs(id: string, lines: number, since?: string) {
    if (!this.#wanted.some((wanted) => wanted.id === id) && !readStanding(this.#stateDir, id))
      return [];
    const path = logPath(this.#stateDir, id);
    return since === undefined ? tailOf(path, lines) : linesAfter(path, lines, endIn(since, id));
  }

  async logMark() {
    return JSON.stringify(
      Object.fromEntries(this.#wanted.map(({ id }) => [id, endOfLog(logPath(this.#stateDir, id))])),
    );
  }

  async run(...[command, options]: Parameters<Engine['run']>) {
    return runProgram(command, { ...options, cwd: this.#cwd });
  }

  /** Starts what has never been started; what ran and is down, a fault keeps down. Throws with everything that it started ended again. */
  async up(signal?: AbortSignal): Promise<void> {
    if (existsSync(this.#unfinished)) await this.down();
    const present = new Set(
      readStandings(this.#stateDir).flatMap(({ id, generation }) => (generation ? id : [])),
    );
    const missing = this.#wanted.filter(({ id }) => !present.has(id));
    if (missing.length === 0) return;
    try {
      mkdirSync(this.#stateDir, { recursive: true, mode: 0o700 });
      writeFileSync(this.#unfinished, '', { mode: 0o600 });
    } catch (error) {
      throw unwritable(this.#stateDir, error) ?? error;
    }
    const failure = new AbortController();
    const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
    // One that fails ends the wait for the others; what a wait says of the signal is not the signal's own reason.
    const bring = (wanted: Wanted) =>
      this.#bringUp(wanted, either).catch((error: unknown) =>
        failure.abort(signal?.aborted ? signal.reason : error),
      );
    await Promise.all(missing.map(bring));
    if (failure.signal.aborted)
      await Promise.allSettled(missing.map(({ id }) => this.#takeDown(id)));
    rmSync(this.#unfinished, { force: true });
    failure.signal.throwIfAborted();
  }

  async #bringUp(wanted: Wanted, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { id, spec } = wanted;
    await startInstance(this.#stateDir, wanted, true);
    const endMs = performance.now() + (spec.health ? this.#healthyWithinMs : SETTLED_MS);
    for (;;) {
      const now = await this.inspect(id, signal);
      if (now === null || now.state !== 'running' || now.restart_count > 0) {
        throw this.#failure(wanted, `ended at once with exit code ${now?.exit_code ?? 'unknown'}`);
      }
      if (now.health === 'healthy') return;
      if (performance.now() > endMs) {
        if (spec.health === null) return;
        throw this.#failure(wanted, `was not healthy within ${this.#healthyWithinMs / 1000} s`);
      }
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  #failure({ id, service, spec }: Wanted, what: string): EngineError {
    const log = logPath(this.#stateDir, id);
    const next = `Mend \`services.${service}\` in the story, then try again; its output is in ${log}.`;
    return new EngineError(`${id} (${spec.command[0]}) ${what}.${lastWords(log)}`, {
      definite: true,
      reason: 'start_failed',
      next,
    });
  }

  async down(): Promise<void> {
    if (!existsSync(this.#stateDir)) return;
    try {
      writeFileSync(this.#unfinished, '', { mode: 0o600 });
    } catch {
      // A full disk must not keep the stack up.
    }
    const ends = await Promise.allSettled(
      readStandings(this.#stateDir).map(({ id }) => this.#takeDown(id)),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    rmSync(this.#unfinished, { force: true });
  }

  async #takeDown(id: string): Promise<void> {
    await endInstance(this.#stateDir, id, { grace_ms: STOP_MS });
    removeFolder(join(this.#stateDir, id));
  }

  close(): void {}

  async #row(
    { id, service, number, state, generation }: Standing,
    signal?: AbortSignal,
  ): Promise<InstanceRow> {
    const row = {
      id,
      name: `${this.project}-${id}`,
      project: this.project,
      service,
      number,
      state,
      untouchable: null,
    };
    const spec = this.#services[service];
    // A frozen process cannot answer; asking it would only take the whole time-out.
    if (state === 'paused') return { ...row, health: spec?.health ? 'unhealthy' : 'none' };
    if (state !== 'running' || !spec?.health || spec.port === null)
      return { ...row, health: 'none' };
    const startedMs = Date.now() - Date.parse(generation?.command?.started_at ?? '');
    return {
      ...row,
      health: await lookAtHealth(spec.health, portOf(spec, number), startedMs, signal),
    };
  }
}
