/**
 * `hooks:` of the story: programs that are run on what happens, with it as JSON on stdin and a limit in time, one after the other.
 * But for `before_inject`, which the runner asks, nothing waits for them but the end of the command.
 */
import { type Occasion, Occasions } from '../../run/occasion.ts';
import type { Outgoing } from '../../run/outgoing.ts';
import type { Run } from '../../run/run.ts';
import { HOOKS, type HookName, type Hooks as HookSpecs } from '../../story/outlet-spec.ts';
import { programName } from '../../terms/command.ts';
import { formatDuration } from '../../terms/duration.ts';
import type { Outlet } from './outlet.ts';
import { runHook } from './run-hook.ts';

export interface HookOptions {
  /** Absolute. */
  folder: string;
  warn(text: string): void;
}

type Hook = NonNullable<HookSpecs[HookName]>;

export class Hooks implements Outlet {
  readonly #specs: HookSpecs;
  readonly #options: HookOptions;
  readonly #stop = new AbortController();
  readonly #occasions = new Occasions(new Set());
  #work: Promise<void> = Promise.resolve();

  constructor(specs: HookSpecs, options: HookOptions) {
    this.#specs = specs;
    this.#options = options;
  }

  tell(outgoing: Outgoing, run: Run | null): void {
    if (!run) return;
    for (const occasion of this.#occasions.of(outgoing, run, new Date().toISOString()))
      for (const [name, on] of Object.entries(HOOKS) as [HookName, string][]) {
        const hook = this.#specs[name];
        if (hook && on === occasion.occasion)
          this.#work = this.#work.then(() => this.#run(name, hook, occasion));
      }
  }

  async flush(signal: AbortSignal): Promise<void> {
    const stop = () => this.#stop.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    await this.#work;
    signal.removeEventListener('abort', stop);
  }

  /** Never rejects. */
  async #run(name: HookName, hook: Hook, occasion: Occasion): Promise<void> {
    const { folder, warn } = this.#options;
    const say = (how: string) => warn(`hook ${name}: \`${programName(hook.command)}\` ${how}.`);
    try {
      const { exit_code, is_late } = await runHook(hook, occasion, folder, this.#stop.signal);
      if (is_late) say(`was ended after ${formatDuration(hook.timeout_ms)}, its time limit`);
      else if (exit_code !== 0) say(`ended with exit code ${exit_code}`);
    } catch {
      say(`was ended before it was done, on ${occasion.occasion}`);
    }
  }
}
