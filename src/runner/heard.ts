/** An engine that falls silent while a recovery is proven (a manager is lost, a daemon restarts) is asked again for a while: what it would say is unknown, and never taken for well. */
import { errorReport } from '../terms/outcomes.ts';
import type { RunnerPorts } from './ports.ts';

/** A cluster chooses another leader, and a daemon restarts, within so long. */
const PATIENCE_MS = 30_000;
const AGAIN_MS = 250;

export class Heard {
  readonly #ports: RunnerPorts;
  readonly #end: number;
  #silentSince: number | null = null;

  /** `end`: until when it may be silent at most, by the clock that never jumps. */
  constructor(ports: RunnerPorts, end: number) {
    this.#ports = ports;
    this.#end = end;
  }

  /** What the engine says; `silent` where it could not be reached, after a moment's wait. Throws what it says instead, and its silence when that has lasted too long. */
  async ask<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T | 'silent'> {
    try {
      const said = await look();
      this.#silentSince = null;
      return said;
    } catch (error) {
      signal.throwIfAborted();
      if (errorReport(error)?.code !== 'engine_unreachable') throw error;
      const now = this.#ports.elapsed();
      this.#silentSince ??= now;
      if (now - this.#silentSince >= PATIENCE_MS || now >= this.#end) throw error;
      await this.#ports.sleep(AGAIN_MS, signal);
      return 'silent';
    }
  }
}
