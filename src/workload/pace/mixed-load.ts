/**
 * A load of several operations, chosen by weight and sent to several endpoints, after a set-up. A kind of load adds the
 * client of its protocol.
 */
import type { DrawSpec, PaceSpec } from '../../story/workload-spec.ts';
import type { Load } from '../load.ts';
import { Ledger } from '../verify/ledger.ts';
import { readBack } from '../verify/read-back.ts';
import type { KeySequence } from './key-sequence.ts';
import { OpenLoop } from './open-loop.ts';
import type { ProtocolClient } from './protocol-client.ts';
import { runSetup } from './setup.ts';
import { TargetPool } from './target-pool.ts';

type MixedSpec<OperationSpec> = PaceSpec &
  DrawSpec & {
    kind: string;
    setup: readonly OperationSpec[];
    verify: { read: OperationSpec; within_ms: number } | null;
  };

export class MixedLoad<OperationSpec> extends OpenLoop implements Load {
  readonly #spec: MixedSpec<OperationSpec>;
  readonly #client: ProtocolClient<OperationSpec>;
  readonly #sequence: KeySequence;
  readonly #pool: TargetPool;
  /** Null where nothing is to be read back. */
  readonly #ledger: Ledger | null;

  constructor(
    spec: MixedSpec<OperationSpec>,
    client: ProtocolClient<OperationSpec>,
    sequence: KeySequence,
  ) {
    const ledger = spec.verify === null ? null : new Ledger(spec.keys);
    const pool = new TargetPool(client, spec.balance, sequence, ledger);
    super(spec, pool);
    this.#spec = spec;
    this.#client = client;
    this.#sequence = sequence;
    this.#pool = pool;
    this.#ledger = ledger;
  }

  prepare(say: (text: string) => void, signal: AbortSignal): Promise<void> {
    return runSetup(this.#spec, this.#client, this.#sequence, say, signal);
  }

  async readBack(
    say: (done: number, of: number) => void,
    signal: AbortSignal,
  ): ReturnType<NonNullable<Load['readBack']>> {
    const { verify, kind } = this.#spec;
    if (verify === null || this.#ledger === null) return null;
    await this.drain();
    const { count } = this.#client;
    // Begins with the endpoint that the load used last; one that does not answer is skipped.
    const first = this.#pool.endpoint;
    const read = (key: number, attempt: number) =>
      this.#client.perform(verify.read, (first + attempt) % count, key, '');
    return readBack(this.#ledger, read, {
      firstValue: this.#sequence.firstValue,
      isBody: kind === 'http',
      patienceMs: verify.within_ms,
      say,
      signal,
    });
  }
}
