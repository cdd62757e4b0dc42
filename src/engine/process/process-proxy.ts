/**
 * The proxy of a stack, as the engine sees it: one process for all instances, under a keeper that starts it again, beside the
 * services and as independent of gameday as they are. Its program is copied into the stack's folder, so that an
 * update or the removal of gameday takes nothing away from under it.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { replaceFile } from '../../system/files.ts';
import { EngineError } from '../../terms/outcomes.ts';
import { endInstance, sweep } from './process-end.ts';
import { startInstance } from './process-life.ts';
import { forgetRoute, hasRoutes, proxyFolder, readRoute } from './process-ports.ts';
import { readStanding, removeFolder } from './process-record.ts';
import {
  type Answer,
  type Ask,
  CONTROL_FILE,
  type ControlFile,
  type ProxyStatus,
  ROUTES,
  RULES,
  type Rules,
  type RulesOn,
} from './proxy/protocol.ts';

const ID = 'proxy-1';
const ANSWER_MS = 2000;
/** Its keeper starts it again after 100 ms, and it begins in about as much. */
const BEGIN_MS = 5000;
const LOOK_EVERY_MS = 10;

/** What is asked, without the token. */
type Asked = Ask extends infer Each ? (Each extends Ask ? Omit<Each, 'token'> : never) : never;

export class PortProxy {
  readonly #stateDir: string;
  readonly #folder: string;
  #starting: Promise<void> | null = null;
  /** Those that ask at the same moment share one answer. */
  #asking: Promise<ProxyStatus | null> | null = null;

  /** `stateDir`: of the engine. */
  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#folder = proxyFolder(stateDir);
  }

  /** It runs, and knows every route; brings it back where it was lost. Does nothing for a stack without ports. Throws as `startInstance` does. */
  async ensure(): Promise<void> {
    if (!hasRoutes(this.#stateDir)) return;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = null;
    });
    await this.#starting;
    await this.#ask({ ask: 'load' });
  }

  /** Null where it does not run, or does not answer. Changes nothing. */
  async status(): Promise<ProxyStatus | null> {
    if (!hasRoutes(this.#stateDir)) return null;
    this.#asking ??= this.#tryToAsk({ ask: 'status' }).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** For people. `none`: the stack has no ports. Changes nothing. */
  async lookAt(): Promise<ProxyStatus | 'none' | 'silent'> {
    if (!hasRoutes(this.#stateDir)) return 'none';
    return (await this.status()) ?? 'silent';
  }

  /** As `status`, also of one that its keeper is just starting again; null: there is none. Throws EngineError where one is there that does not answer. */
  async settledStatus(): Promise<ProxyStatus | null> {
    const end = performance.now() + BEGIN_MS;
    for (;;) {
      const status = await this.#tryToAsk({ ask: 'status' });
      if (status) return status;
      const state = this.#standing()?.state ?? 'exited';
      if (state === 'exited' || state === 'created') return null;
      if (state === 'paused' || performance.now() > end) throw silent(state);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Exactly these of one ability on one instance. Throws EngineError. */
  async set<On extends RulesOn>(id: string, on: On, rules: Rules[On]): Promise<void> {
    await this.ensure();
    await this.#ask({ ask: 'set', id, on, rules } as Asked);
  }

  /** Whether it listens on the declared port of the instance. */
  async holds(id: string): Promise<boolean> {
    return (await this.status())?.routes[id]?.state === 'open';
  }

  /** The instance has been ended or started: clients are let in or not by now. */
  async look(id: string): Promise<void> {
    if (readRoute(this.#stateDir, id)) await this.#tryToAsk({ ask: 'look', id });
  }

  /** Idempotent. */
  async end(): Promise<void> {
    await endInstance(this.#folder, ID);
    removeFolder(this.#folder);
  }

  /** What it held of an instance that is taken down. */
  forget(id: string): void {
    rmSync(join(this.#folder, RULES, `${id}.json`), { force: true });
    forgetRoute(this.#stateDir, id);
  }

  #standing() {
    return readStanding(this.#folder, ID);
  }

  async #begin(): Promise<void> {
    const standing = this.#standing();
    const isAtWork = standing?.state === 'running' || standing?.state === 'restarting';
    if (isAtWork && (await this.#answersSoon())) return;
    if (standing) await endInstance(this.#folder, ID);
    for (const name of [ROUTES, RULES])
      mkdirSync(join(this.#folder, name), { recursive: true, mode: 0o700 });
    const spec = {
      command: [process.execPath, this.#program(), this.#folder],
      replicas: 1,
      port: null,
      env: {},
      health: null,
      restart: 'always' as const,
      working_dir: this.#folder,
    };
    const wanted = { id: ID, service: 'proxy', number: 1, spec };
    await startInstance(this.#folder, wanted, { fresh: false, claim: async () => null });
    // Where two commands found it missing at once, one of the two stays.
    const now = this.#standing();
    if (now) await sweep(now);
    if (!(await this.#answersSoon())) throw silent('running');
  }

  /** In the source tree the source itself; once bundled, a copy of the one file that it is. */
  #program(): string {
    if (import.meta.filename.endsWith('.ts'))
      return new URL('../../proxy-main.ts', import.meta.url).pathname;
    const copy = join(this.#folder, 'proxy.mjs');
    replaceFile(copy, readFileSync(new URL('./proxy-main.js', import.meta.url).pathname, 'utf8'));
    return copy;
  }

  async #answersSoon(): Promise<boolean> {
    const end = performance.now() + BEGIN_MS;
    while (!(await this.#tryToAsk({ ask: 'status' }))) {
      if (performance.now() > end) return false;
      await delay(LOOK_EVERY_MS);
    }
    return true;
  }

  async #ask(asked: Asked): Promise<ProxyStatus> {
    const answer = await this.#say(asked);
    if (answer === null) throw silent(this.#standing()?.state ?? 'gone');
    if (!('error' in answer)) return answer;
    const message = `The proxy of the stack did not do it: ${answer.error}.`;
    throw new EngineError(message, { definite: true, next: 'fault list' });
  }

  async #tryToAsk(asked: Asked): Promise<ProxyStatus | null> {
    const answer = await this.#say(asked);
    return answer === null || 'error' in answer ? null : answer;
  }

  /** Null: nobody answers who is proven to be the proxy. */
  async #say(asked: Asked): Promise<Answer | null> {
    const standing = this.#standing();
    const generation = standing?.generation;
    if (!generation?.command || standing?.state !== 'running') return null;
    const control = readControl(join(generation.folder, CONTROL_FILE));
    if (control?.pid !== generation.command.pid) return null;
    return exchange(control.port, JSON.stringify({ ...asked, token: control.token }));
  }
}

function silent(state: string): EngineError {
  const message = `The proxy of the stack does not answer (it is ${state}).`;
  return new EngineError(message, {
    definite: false,
    reason: 'proxy_silent',
    next: 'fault recover',
  });
}

function readControl(path: string): ControlFile | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ControlFile;
  } catch {
    return null;
  }
}

/** Null where there is no answer in time. */
function exchange(port: number, line: string): Promise<Answer | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    const end = () => {
      socket.destroy();
      try {
        resolve(JSON.parse(text) as Answer);
      } catch {
        resolve(null);
      }
    };
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, end);
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', end).on('end', end);
    socket.write(`${line}\n`);
  });
}
