/**
 * The embedded engine: local processes as a stack, no Docker. It owns which instances there should be, and brings them
 * all up and down; how one begins is in `process-life.ts`, how it ends in `process-end.ts`, what is known of it in `process-record.ts`, what a
 * verb does with it in `process-verbs.ts`, and when one counts as up in `process-bring-up.ts`.
 * Lacks on purpose: a background process of its own, a history of health checks (`unhealthy_since` is always null), and
 * the story, of which it sees the services alone. Callers that change something hold the run's lock, but for the watchdog's undo.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import type { ProcessService } from '../../story/story.ts';
import { machineId } from '../../system/machine.ts';
import { runProgram } from '../../system/program.ts';
import type { Engine, OwnedStack } from '../engine.ts';
import { createLifecycle, type LifecycleVerbs, type Verb, type VerbOptions } from '../lifecycle.ts';
import { processAbilities } from './process-abilities.ts';
import { bringUp } from './process-bring-up.ts';
import { endInstance, STOP_MS } from './process-end.ts';
import { GRACE_MS } from './process-health.ts';
import { unwritable } from './process-life.ts';
import { endLoads } from './process-load.ts';
import { endIn, endOfLog, linesAfter, logPath, tailOf } from './process-log.ts';
import { lookAtInstance } from './process-look.ts';
import { planInstances, type Wanted } from './process-plan.ts';
import { PortProxy } from './process-proxy.ts';
import { readStanding, readStandings, removeFolder, type Standing } from './process-record.ts';
import { until } from './process-signal.ts';
import { performVerb } from './process-verbs.ts';
import type { ProxyStatus } from './proxy/protocol.ts';

const HEALTHY_MS = 60_000;

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
  /** What the instances are stands in the story alone, since it may hold secrets. */
  readonly spec = null;
  readonly abilities: Engine['abilities'];
  readonly owned = this;
  readonly project: string;
  readonly #services: Record<string, ProcessService>;
  readonly #stateDir: string;
  readonly #cwd: string;
  readonly #healthyWithinMs: number;
  readonly #wanted: readonly Wanted[];
  readonly #proxy: PortProxy;
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
    this.#proxy = new PortProxy(stateDir);
    this.abilities = {
      lifecycle: createLifecycle(this),
      ...processAbilities(this.#proxy, stateDir),
    };
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

  /** They are gameday's own: whatever needs them starts them. */
  byHand() {
    return null;
  }

  async services() {
    return Object.keys(this.#services);
  }

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    const rows = await Promise.all(
      readStandings(this.#stateDir).map(async (standing) => ({
        ...(await this.#row(standing, signal)),
        made_at: standing.generation?.command?.started_at ?? null,
      })),
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

  lookAtProxy(): Promise<ProxyStatus | 'none' | 'silent'> {
    return this.#proxy.lookAt();
  }

  stopMs(): number {
    return STOP_MS;
  }

  async perform(verb: Verb, target: Instance, options?: VerbOptions): Promise<void> {
    const start = (wanted: Wanted) => this.#proxy.start(wanted, false);
    const owned = { stateDir: this.#stateDir, services: this.#services, start };
    await performVerb(owned, verb, target, options);
    await this.#proxy.look(target.id);
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
    if (missing.length === 0) return this.#proxy.revive();
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
      bringUp(this.#stateDir, wanted, {
        start: (each) => this.#proxy.start(each, true),
        clearAway: (id) => this.#clearAway(id),
        inspect: (id, signal) => this.inspect(id, signal),
        healthyWithinMs: this.#healthyWithinMs,
        signal: either,
      }).catch((error: unknown) => failure.abort(signal?.aborted ? signal.reason : error));
    await Promise.all(missing.map(bring));
    if (failure.signal.aborted) {
      await Promise.allSettled(missing.map(({ id }) => this.#takeDown(id)));
      if (readStandings(this.#stateDir).length === 0) await this.#proxy.end();
    }
    rmSync(this.#unfinished, { force: true });
    failure.signal.throwIfAborted();
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
    await Promise.all([this.#proxy.end(), endLoads(this.#stateDir)]);
    rmSync(this.#unfinished, { force: true });
  }

  async #takeDown(id: string): Promise<void> {
    await this.#clearAway(id);
    this.#proxy.forget(id);
  }

  /** Its declared port stays the proxy's. */
  async #clearAway(id: string): Promise<void> {
    await endInstance(this.#stateDir, id, { grace_ms: STOP_MS });
    removeFolder(join(this.#stateDir, id));
  }

  close(): void {}

  #row(standing: Standing, signal?: AbortSignal): Promise<InstanceRow> {
    const stack = {
      project: this.project,
      services: this.#services,
      stateDir: this.#stateDir,
      proxy: this.#proxy,
    };
    return lookAtInstance(stack, standing, signal);
  }
}
