/** What a manager of the swarm is asked: tasks, services, nodes. A manager without a leader counts as silent. */
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import { type DockerApi, wordsOf } from '../docker/docker-api.ts';
import { type Service, STACK_LABEL, type SwarmNode, type Task } from './swarm-answers.ts';
import { isGivenUp, type StackView } from './swarm-tasks.ts';

const CHANGE_MS = 30_000;

export class Manager {
  readonly api: DockerApi;
  readonly #stack: string;

  constructor(api: DockerApi, stack: string) {
    this.api = api;
    this.#stack = stack;
  }

  /** Of the whole stack. Throws as `read` does. */
  async view(signal?: AbortSignal): Promise<StackView> {
    const filters = encodeURIComponent(
      JSON.stringify({ label: [`${STACK_LABEL}=${this.#stack}`] }),
    );
    const [tasks, services, nodes] = await Promise.all([
      this.read<Task[]>(`/tasks?filters=${filters}`, signal),
      this.read<Service[]>(`/services?filters=${filters}`, signal),
      this.nodes(signal),
    ]);
    return { stack: this.#stack, tasks: tasks ?? [], services: byId(services ?? []), nodes };
  }

  /** Of one task; null where there is none. The engine would take the beginning of an id as well; here only the full id counts. */
  async viewOf(id: string, signal?: AbortSignal): Promise<{ task: Task; view: StackView } | null> {
    const task = await this.read<Task>(`/tasks/${encodeURIComponent(id)}`, signal);
    if (task?.ID !== id) return null;
    const [service, nodes] = await Promise.all([
      this.service(task.ServiceID, signal),
      this.nodes(signal),
    ]);
    const services = byId(service ? [service] : []);
    return { task, view: { stack: this.#stack, tasks: [task], services, nodes } };
  }

  /** Null where there is none with this id, or it was given up. */
  async liveTask(id: string): Promise<Task | null> {
    const task = await this.read<Task>(`/tasks/${encodeURIComponent(id)}`);
    return task?.ID === id && !isGivenUp(task) ? task : null;
  }

  service(id: string, signal?: AbortSignal): Promise<Service | null> {
    return this.read<Service>(`/services/${encodeURIComponent(id)}`, signal);
  }

  async nodes(signal?: AbortSignal): Promise<Map<string, SwarmNode>> {
    return byId((await this.read<SwarmNode[]>('/nodes', signal)) ?? []);
  }

  /** Null for 404. Throws Refusal `engine_unreachable` also where the manager answers and cannot speak for the swarm. */
  async read<Shape>(path: string, signal?: AbortSignal): Promise<Shape | null> {
    try {
      return await this.api.read<Shape>(path, signal);
    } catch (error) {
      if (!(error instanceof EngineError) || Number(error.reason) < 500) throw error;
      throw new Refusal(
        'engine_unreachable',
        `The swarm cannot be asked at ${this.api.endpoint.address}: ${error.message}`,
        'See what `docker node ls` says there.',
        [],
        { cause: error },
      );
    }
  }

  /** Replaces the spec of a node, a service or a config, as it was seen with `index`. As `ask`. */
  update(what: string, path: string, index: number, spec: object): Promise<void> {
    return this.ask(what, `${path}/update?version=${index}`, { body: spec });
  }

  /** Asks for a change. `what` completes "the … failed". Throws EngineError, whose reason is the status. */
  async ask(
    what: string,
    path: string,
    asked: { method?: 'POST' | 'DELETE'; body?: object },
  ): Promise<void> {
    const { status, body } = await this.api.change(what, path, { ...asked, timeoutMs: CHANGE_MS });
    if (status < 300) return;
    const definite = status < 500;
    throw new EngineError(`The ${what} failed: ${wordsOf(body)} (${status}).`, {
      definite,
      reason: status,
      next: definite ? 'fault list' : 'fault recover',
    });
  }
}

/** It was changed by somebody else since it was looked at, so that the manager refused the change. */
export function isOutrun(error: unknown): boolean {
  return error instanceof EngineError && /out of sequence/.test(error.message);
}

function byId<One extends { ID: string }>(all: readonly One[]): Map<string, One> {
  return new Map(all.map((one) => [one.ID, one]));
}
