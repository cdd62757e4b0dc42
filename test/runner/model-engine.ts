/**
 * A model of how the engines behave, for tests that try thousands of sequences: instances as plain data, time by a
 * clock that can be virtual, health that follows what is done to them, as checks find it a little later. It passes the same contract suite as the engines it stands for (model-engine.test.ts), and
 * takes from Docker what the suite cannot see in every engine: `kill` and `stop` keep the restart policy quiet until
 * the next start, `crash` lets it act, a start is a new incarnation, a recreated instance has another id. As `swarm` it is
 * like an orchestrator: what ends is gone, and its owner makes another a little later.
 * Lacks on purpose: failures. These come from `peril.ts`, between the stage and the model.
 */
import { createHash } from 'node:crypto';
import type { Engine, OwnedStack } from '../../src/engine/engine.ts';
import { createLifecycle, type LifecycleVerbs, type Verb } from '../../src/engine/lifecycle.ts';
import { type Instance, type InstanceRow, label, NOTHING_KNOWN } from '../../src/fault/instance.ts';
import type { ProgramResult } from '../../src/system/program.ts';
import { runProgram } from '../../src/system/program.ts';
import type { Command } from '../../src/terms/command.ts';
import { EngineError, Refusal } from '../../src/terms/outcomes.ts';
import type { Clock } from './clock.ts';

const REVIVE_MS = 150;
const REPLACE_MS = 400;
const HEALTHY_AFTER_MS = 300;

export interface ModelService {
  service: string;
  replicas: number;
  restart: 'no' | 'always';
  hasHealth: boolean;
}

export const MODEL_BANNER = 'the model is up';

export class ModelEngine implements Engine, LifecycleVerbs, OwnedStack {
  readonly spec = null;
  readonly abilities: Engine['abilities'] = { lifecycle: createLifecycle(this) };
  readonly kind: Engine['kind'];
  readonly project = 'shop';
  readonly owned: OwnedStack | null;
  /** What was done, in its order. */
  readonly done: { operation: Verb; id: string }[] = [];
  /** No look is answered. */
  isSilent = false;
  readonly #clock: Clock;
  readonly #services: readonly ModelService[];
  #instances: Instance[] = [];
  #logs = new Map<string, string[]>();
  #lastStart = 0;
  #count = 0;

  /** A Compose stack is there and runs; processes wait for `up`. */
  constructor(kind: Engine['kind'], services: readonly ModelService[], clock: Clock) {
    this.kind = kind;
    this.#services = services;
    this.#clock = clock;
    for (const each of services)
      for (let number = 1; number <= each.replicas; number++)
        this.#instances.push(this.#create(each, number));
    this.#instances.sort((a, b) => (label(a) < label(b) ? -1 : 1));
    this.owned = kind === 'process' ? this : null;
    if (kind !== 'process') for (const instance of this.#instances) this.#start(instance);
  }

  describe = async () => 'a model';
  identity = async () => 'the model';
  stopMs = () => 0;
  clock = async () => new Date(this.#clock.now()).toISOString();
  byHand = (how: string, services: readonly string[]) => [how, ...services].join(' ');
  services = async () => this.#services.map(({ service }) => service).toSorted();
  close(): void {}

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    signal?.throwIfAborted();
    if (this.isSilent) throw new Refusal('engine_unreachable', 'The model is silent.', 'Wait.');
    return this.#instances.map(
      ({ id, name, project, service, number, state, health, untouchable, owner, started_at }) => ({
        ...(owner && { owner }),
        id,
        name,
        project,
        service,
        number,
        state,
        health,
        untouchable,
        made_at: started_at,
      }),
    );
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    signal?.throwIfAborted();
    if (this.isSilent) throw new Refusal('engine_unreachable', 'The model is silent.', 'Wait.');
    return structuredClone(this.#find(id) ?? null);
  }

  async wanted({ service }: Instance): Promise<number> {
    return this.#services.find((each) => each.service === service)?.replicas ?? 0;
  }

  async perform(operation: Verb, target: Instance): Promise<void> {
    const instance = this.#find(target.id);
    if (!instance)
      throw new EngineError(`${label(target)} no longer exists.`, {
        definite: true,
        reason: 404,
        next: 'fault list',
      });
    if (
      operation === 'crash' &&
      instance.record.pid !== null &&
      instance.record.pid !== target.record.pid
    ) {
      throw new EngineError(`pid ${target.record.pid} is not that of ${label(target)}.`, {
        definite: true,
        next: 'fault list',
      });
    }
    this.done.push({ operation, id: instance.id });
    this.#change(operation, instance);
  }

  async logs(id: string, lines: number, since?: string): Promise<string[]> {
    const from = since === undefined ? 0 : ((JSON.parse(since) as Record<string, number>)[id] ?? 0);
    return (this.#logs.get(id) ?? []).slice(from).slice(-lines);
  }

  async logMark(): Promise<string> {
    return JSON.stringify(
      Object.fromEntries([...this.#logs].map(([id, lines]) => [id, lines.length])),
    );
  }

  /** `pick` names the instance with the lowest id that runs, as a cluster names its leader; everything else is run. */
  async run(
    command: Command,
    { timeout_ms, signal }: { timeout_ms: number; signal?: AbortSignal },
  ): Promise<ProgramResult> {
    if ('argv' in command && command.argv[0] === 'pick') {
      const leader = this.#instances.find(({ state }) => state === 'running');
      return { exit_code: leader ? 0 : 1, stdout: leader ? `${label(leader)}\n` : '', stderr: '' };
    }
    return runProgram(command, { timeout_ms, cwd: process.cwd(), ...(signal && { signal }) });
  }

  async up(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.owned) return;
    for (const instance of this.#instances) if (instance.state === 'created') this.#start(instance);
  }

  async down(): Promise<void> {
    if (!this.owned) return;
    this.#instances = this.#instances.map((instance) =>
      this.#create(this.#serviceOf(instance), instance.number),
    );
  }

  /** As `docker compose up --force-recreate` does it: another container has the place. */
  recreate(id: string): void {
    const old = this.#find(id);
    if (!old) return;
    const fresh = this.#create(this.#serviceOf(old), old.number);
    this.#instances[this.#instances.indexOf(old)] = fresh;
    this.#start(fresh);
  }

  remove(id: string): void {
    const instance = this.#find(id);
    if (instance?.owner === undefined) this.lose(id);
    else this.#replaceSoon(instance);
  }

  /** It goes, and no owner makes another. */
  lose(id: string): void {
    this.#instances = this.#instances.filter((each) => each.id !== id);
  }

  /** As somebody else does it: not in `done`. */
  meddle(operation: Verb, id: string): void {
    const instance = this.#find(id);
    if (instance) this.#change(operation, instance);
  }

  #find(id: string): Instance | undefined {
    return this.#instances.find((each) => each.id === id);
  }

  #serviceOf({ service }: Pick<Instance, 'service'>): ModelService {
    return this.#services.find((each) => each.service === service) as ModelService;
  }

  #create({ service, hasHealth, restart }: ModelService, number: number): Instance {
    const hash = createHash('sha256').update(`${service} ${number} ${this.#count++}`);
    const id = this.kind === 'process' ? `${service}-${number}` : hash.digest('hex');
    const networks =
      this.kind === 'compose'
        ? { shop_default: { network_id: 'n1', aliases: [service], ipv4: '172.18.0.2' } }
        : {};
    return {
      id,
      name: `${this.project}-${service}-${number}`,
      project: this.project,
      service,
      number,
      state: 'created',
      health: hasHealth ? 'starting' : 'none',
      ...NOTHING_KNOWN,
      restarted_by: restart === 'no' ? null : restart,
      record: { pid: null, networks },
      untouchable: null,
      ...(this.kind === 'swarm' && { owner: `service ${service}` }),
    };
  }

  /** Each operation asks for a state; what is so already stays as it is. */
  #change(operation: Verb, instance: Instance): void {
    const { state } = instance;
    const up = state === 'running' || state === 'paused';
    if (operation === 'start' && !up) this.#start(instance);
    else if (operation === 'pause' && state === 'running') {
      instance.state = 'paused';
      this.#healthSoon(instance, 'paused', 'unhealthy');
    } else if (operation === 'unpause' && state === 'paused') {
      instance.state = 'running';
      this.#healthSoon(instance, 'running', 'healthy');
    } else if (operation === 'kill' || operation === 'stop' || operation === 'crash') {
      if (state === 'restarting' && operation !== 'crash') instance.state = 'exited';
      if (!up) return;
      this.#end(instance, operation === 'stop' ? 143 : 137);
      if (instance.owner !== undefined) this.#replaceSoon(instance);
      if (operation === 'crash' && instance.restarted_by !== null) this.#reviveSoon(instance);
    }
  }

  #start(instance: Instance): void {
    const now = Math.max(this.#clock.now(), this.#lastStart + 1);
    this.#lastStart = now;
    const started_at = new Date(now).toISOString();
    Object.assign(instance, {
      state: 'running',
      started_at,
      exit_code: null,
      incarnation: started_at,
      record: { ...instance.record, pid: 1000 + this.#count++ },
    });
    this.#logs.set(instance.id, [...(this.#logs.get(instance.id) ?? []), MODEL_BANNER]);
    if (instance.health === 'none') return;
    instance.health = 'starting';
    this.#healthSoon(instance, 'running', 'healthy');
  }

  /** What the next health check finds, if the instance is still in that state by then. */
  #healthSoon(instance: Instance, state: Instance['state'], health: Instance['health']): void {
    const { started_at } = instance;
    this.#clock.after(HEALTHY_AFTER_MS, () => {
      if (
        instance.health === 'none' ||
        instance.started_at !== started_at ||
        instance.state !== state
      )
        return;
      instance.health = health;
      instance.unhealthy_since =
        health === 'unhealthy' ? new Date(this.#clock.now()).toISOString() : null;
    });
  }

  #end(instance: Instance, exitCode: number): void {
    const finished = Math.max(this.#clock.now(), Date.parse(instance.started_at ?? ''));
    Object.assign(instance, {
      state: 'exited',
      exit_code: exitCode,
      record: { ...instance.record, pid: null },
      finished_at: new Date(finished).toISOString(),
    });
  }

  /** It is gone at once. */
  #replaceSoon({ id, service, number }: Instance): void {
    this.lose(id);
    this.#clock.after(REPLACE_MS, () => {
      const fresh = this.#create(this.#serviceOf({ service }), number);
      this.#instances.push(fresh);
      this.#instances.sort((a, b) => (label(a) < label(b) ? -1 : 1));
      this.#start(fresh);
    });
  }

  #reviveSoon(instance: Instance): void {
    instance.state = 'restarting';
    this.#clock.after(REVIVE_MS, () => {
      if (instance.state !== 'restarting') return;
      instance.restart_count++;
      this.#start(instance);
    });
  }
}
