/** A real terminal for tests: tmux with a server of its own, so that nobody else's sessions are touched. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TRY_EVERY_MS = 50;

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

let count = 0;

export class Terminal {
  readonly #server = `gameday-test-${process.pid}-${++count}`;
  /** Of the server's socket, which tmux itself never removes. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'gameday-tmux-'));

  /** Runs `command` through a shell; the screen stays readable after its end. `alternate`: it has an alternate screen. */
  async start(
    command: string,
    size: { columns: number; rows: number },
    { alternate = true } = {},
  ): Promise<void> {
    const whole = `tmux wait-for begin; ${command}; echo "ended with $?"; exec cat`;
    await this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${size.columns}`,
      '-y',
      `${size.rows}`,
      whole,
    );
    await this.#tmux('set-option', '-w', 'alternate-screen', alternate ? 'on' : 'off');
    await this.#tmux('pipe-pane', '-o', `exec cat > '${join(this.#folder, 'log')}'`);
    await this.#tmux('wait-for', '-S', 'begin');
  }

  /**
   * What is on the screen and above it, without blank lines at the end. `styled`: with its escape sequences. `visible`: only what is
   * on it now.
   */
  async screen({ styled = false, visible = false } = {}): Promise<string> {
    const from = visible ? [] : ['-S', '-'];
    return (await this.#tmux('capture-pane', '-p', ...from, ...(styled ? ['-e'] : []))).trimEnd();
  }

  /** The screen as soon as it shows this. */
  async until(pattern: RegExp, withinMs = 40_000): Promise<string> {
    const end = performance.now() + withinMs;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (performance.now() > end) throw new Error(`never showed ${pattern}, but\n${screen}`);
      await sleep(TRY_EVERY_MS);
    }
  }

  /** All that was ever written to it, escape sequences and all: what stood on the screen between two looks. */
  written(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8');
  }

  async ended(): Promise<string> {
    return this.until(/ended with \d+$/);
  }

  async press(key: string): Promise<void> {
    await this.#tmux('send-keys', key);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  async cursorIsVisible(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** A program draws on it, and what was there before comes back after it. */
  async isAlternate(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{alternate_on}')).trim() === '1';
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #tmux(...args: string[]): Promise<string> {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      TMUX_TMPDIR: this.#folder,
    };
    return (await run('tmux', ['-L', this.#server, ...args], { env })).stdout;
  }
}
