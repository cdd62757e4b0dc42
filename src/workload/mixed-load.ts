/**
 * A load of operations in a protocol's own words: drawn by weight, sent to several targets, after a set-up. What a kind
 * of load adds is how it speaks to one target.
 */
import type { DrawSpec, PaceSpec } from '../story/workload-spec.ts';
import { Balance } from './balance.ts';
import type { Draw } from './draw.ts';
import type { Load } from './load.ts';
import { OpenLoop } from './open-loop.ts';
import { runSetup } from './setup.ts';
import type { Speaker } from './speaker.ts';

type MixedSpec<Words> = PaceSpec & DrawSpec & { setup: readonly Words[] };

export class MixedLoad<Words> extends OpenLoop implements Load {
  readonly #spec: MixedSpec<Words>;
  readonly #speaker: Speaker<Words>;
  readonly #draw: Draw;

  constructor(spec: MixedSpec<Words>, speaker: Speaker<Words>, draw: Draw) {
    super(spec, new Balance(speaker, spec.balance, draw));
    this.#spec = spec;
    this.#speaker = speaker;
    this.#draw = draw;
  }

  prepare(say: (text: string) => void, signal: AbortSignal): Promise<void> {
    return runSetup(this.#spec, this.#speaker, this.#draw, say, signal);
  }
}
