/** A headless Chromium of the system, driven by its own protocol: no package of a browser is installed for it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../commands/cli.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** Null where there is none. */
export function findChromium(): string | null {
  const isThere = (name: string) =>
    spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
  return NAMES.find(isThere) ?? null;
}

export interface Page {
  /** Of the protocol. */
  call(method: string, params?: object): Promise<any>;
  open(url: string): Promise<void>;
  evaluate(expression: string): Promise<any>;
  /** Errors, warnings and requests since it was opened. */
  problems: string[];
  requests: string[];
}

export class Chromium {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, { resolve(value: any): void; reject(error: Error): void }>();
  readonly #listeners: ((method: string, params: any) => void)[] = [];
  #last = 0;

  private constructor(child: ChildProcess, folder: string, socket: WebSocket) {
    [this.#child, this.#folder, this.#socket] = [child, folder, socket];
    socket.addEventListener('message', ({ data }) => {
      const { id, result, error, method, params } = JSON.parse(String(data));
      const answer = this.#answers.get(id);
      if (answer && error) answer.reject(new Error(error.message));
      else if (answer) answer.resolve(result);
      else for (const listener of this.#listeners) listener(method, params);
    });
  }

  static async start(program: string): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), 'gameday-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
    const child = spawn(program, [...flags, `--user-data-dir=${folder}`, 'about:blank'], {
      stdio: 'ignore',
    });
    const port = await until('the port of chromium', () => {
      try {
        return readFileSync(join(folder, 'DevToolsActivePort'), 'utf8').split('\n')[0];
      } catch {
        return null;
      }
    });
    const found = await until('a page of chromium', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/json`).catch(() => null);
      const targets = answer ? ((await answer.json()) as any[]) : [];
      return targets.find(({ type }) => type === 'page');
    });
    const socket = new WebSocket(found.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new Chromium(child, folder, socket);
  }

  async page(): Promise<Page> {
    const problems: string[] = [];
    const requests: string[] = [];
    let loaded = () => {};
    this.#listeners.push((method, params) => {
      if (method === 'Runtime.exceptionThrown')
        problems.push(JSON.stringify(params.exceptionDetails));
      if (method === 'Runtime.consoleAPICalled') problems.push(JSON.stringify(params.args));
      if (method === 'Log.entryAdded') problems.push(params.entry.text);
      if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
      if (method === 'Page.loadEventFired') loaded();
    });
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.call(`${domain}.enable`);
    return {
      problems,
      requests,
      call: (method, params) => this.call(method, params),
      open: async (url) => {
        problems.length = requests.length = 0;
        const { promise, resolve } = Promise.withResolvers<void>();
        loaded = resolve;
        await this.call('Page.navigate', { url });
        await promise;
      },
      evaluate: async (expression) => {
        const asked = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await this.call('Runtime.evaluate', asked);
        if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
        return result.value;
      },
    };
  }

  call(method: string, params: object = {}): Promise<any> {
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<any>();
    this.#answers.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    // It answers nothing any more.
    void this.call('Browser.close').catch(() => {});
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
