/**
 * A load of operations in a protocol's own words: drawn by weight, sent to several targets, after a set-up. What a kind
 * of load adds is how it speaks to one target.
 */
import type { DrawSpec, PaceSpec } from '../../story/workload-spec.ts';
import type { Load } from '../load.ts';
import { Ledger } from '../verify/ledger.ts';
import { readBack } from '../verify/read-back.ts';
import { TargetPool } from './balance.ts';
import type { Draw } from './draw.ts';
import { OpenLoop } from './open-loop.ts';
import { runSetup } from './setup.ts';
import type { ProtocolClient } from './speaker.ts';

type MixedSpec<Words> = PaceSpec &
  DrawSpec & {
    kind: string;
    setup: readonly Words[];
    verify: { read: Words; within_ms: number } | null;
  };

export class MixedLoad<Words> extends OpenLoop implements Load {
  readonly #spec: MixedSpec<Words>;
  readonly #speaker: ProtocolClient<Words>;
  readonly #draw: Draw;
  readonly #balance: TargetPool;
  /** Null where nothing is to be read back. */
  readonly #ledger: Ledger | null;

  constructor(spec: MixedSpec<Words>, speaker: ProtocolClient<Words>, draw: Draw) {
    const ledger = spec.verify === null ? null : new Ledger(spec.keys);
    const balance = new TargetPool(speaker, spec.balance, draw, ledger);
    super(spec, balance);
    this.#spec = spec;
    this.#speaker = speaker;
    this.#draw = draw;
    this.#balance = balance;
    this.#ledger = ledger;
  }

  prepare(say: (text: string) => void, signal: AbortSignal): Promise<void> {
    return runSetup(this.#spec, this.#speaker, this.#draw, say, signal);
  }

  async readBack(
    say: (done: number, of: number) => void,
    signal: AbortSignal,
  ): ReturnType<NonNullable<Load['readBack']>> {
    const { verify, kind } = this.#spec;
    if (verify === null || this.#ledger === null) return null;
    await this.drain();
    const { count } = this.#speaker;
    // Where the load went last; a target that does not answer is passed over as a client would.
    const first = this.#balance.place;
    const read = (key: number, attempt: number) =>
      this.#speaker.perform(verify.read, (first + attempt) % count, key, '');
    return readBack(this.#ledger, read, {
      firstValue: this.#draw.firstValue,
      isBody: kind === 'http',
      patienceMs: verify.within_ms,
      say,
      signal,
    });
  }
}
