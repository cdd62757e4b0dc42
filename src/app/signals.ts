/**
 * Signals become one AbortSignal with a Refusal as its reason, so that every room ends by the same way out.
 * A second signal ends the process at once: by law 1 nothing is lost then, either.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CODES, Refusal } from '../terms/outcomes.ts';

const SIGNALS = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hung_up' } as const;

export interface Signals {
  signal: AbortSignal;
  dispose(): void;
}

export function listenForSignals(next: string): Signals {
  const controller = new AbortController();
  const listeners = Object.entries(SIGNALS).map(([name, code]) => {
    const listener = () => {
      if (controller.signal.aborted) process.exit(CODES[code].exit);
      controller.abort(new Refusal(code, `Ended by ${name}.`, next));
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    dispose: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}

/**
 * A reader that goes away (`| head -1`) or a full disk behind `2>` must not end a transition in the middle: what can no
 * longer be said is dropped. A result that was lost for another reason than a reader who had enough is an error in the end.
 */
export function ignoreClosedPipes(): void {
  process.stderr.on('error', () => {});
  // oclif has put a listener there that throws, in the middle of whatever is under way.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // oclif waits for `drain` before it lets a process end. A broken pipe never drains, and node would end with code 13.
    process.stdout.on('newListener', (event) => {
      if (event === 'drain') setImmediate(() => process.stdout.emit('drain'));
    });
    process.stdout.emit('drain');
    if (error.code === 'EPIPE') return;
    process.exitCode ||= CODES.bug.exit;
    process.stderr.write(`The result could not be written: ${error.message}\n`);
  });
}

/** Rejects with the signal's own reason, which is a Refusal, and not with Node's AbortError. */
export async function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, delayMs), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
