/**
 * For each operation: which one of the mix, which key, and for a write the number in its value. The same seed gives the
 * same sequence. Pure but for the state of the sequence.
 */

import type { DrawSpec } from '../../story/workload-spec.ts';
import { leavesOpen } from '../../terms/placeholders.ts';
import { seededRandom } from '../../terms/random.ts';

/** Not a write. */
export const NO_WRITE = -1;
/** Not about a key. */
export const NO_KEY = -1;

export interface Selection {
  /** Which operation of the mix. */
  choice: number;
  /** NO_KEY for one without. */
  key: number;
  /** Counts the writes of this load from 0; see `valueOf`. NO_WRITE for one that writes no value. */
  write: number;
}

interface Choice {
  weight: number;
  usesKey: boolean;
  isWrite: boolean;
}

export interface SequenceOptions extends Pick<DrawSpec, 'keys'> {
  seed: number;
  /** Writes take the keys in turn, and everything else one of those written, so that up to `keys` writes have a key each. */
  inTurn: boolean;
  /** The number that the first value is made of. Those of a run must never come twice. */
  firstValue: number;
}

export class KeySequence {
  readonly #choices: readonly Choice[];
  readonly #options: SequenceOptions;
  readonly #random: () => number;
  readonly #weights: number;
  #writes = 0;

  constructor(choices: readonly Choice[], options: SequenceOptions) {
    this.#choices = choices;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#weights = choices.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Fills in what is drawn, in endpoint: nothing is allocated for an operation. */
  next(drawn: Selection): void {
    const index = this.#choices.length === 1 ? 0 : this.#choose();
    const { usesKey, isWrite } = this.#choices[index] as Choice;
    drawn.choice = index;
    drawn.key = usesKey ? this.#key(isWrite) : NO_KEY;
    drawn.write = isWrite ? this.#writes++ : NO_WRITE;
  }

  /** The number of a write that is not part of the mix; no other write has it. */
  nextWrite(): number {
    return this.#writes++;
  }

  /** What `{{value}}` becomes: a whole number, larger for a later write; empty for NO_WRITE. */
  valueOf(write: number): string {
    return write === NO_WRITE ? '' : String(this.#options.firstValue + write);
  }

  get firstValue(): number {
    return this.#options.firstValue;
  }

  #choose(): number {
    let left = this.#random() * this.#weights;
    for (let index = 0; index < this.#choices.length - 1; index++) {
      left -= (this.#choices[index] as Choice).weight;
      if (left < 0) return index;
    }
    return this.#choices.length - 1;
  }

  #key(isWrite: boolean): number {
    const { keys, inTurn } = this.#options;
    if (!inTurn) return Math.floor(this.#random() * keys);
    if (isWrite) return this.#writes % keys;
    return Math.floor(this.#random() * Math.min(keys, Math.max(1, this.#writes)));
  }
}

/** `textsOf`: the texts of an operation that may hold placeholders. */
export function openKeySequence<Operation>(
  spec: DrawSpec & { mix: readonly (Operation & { weight: number })[]; verify: unknown },
  textsOf: (operation: Operation) => readonly string[],
  options: Pick<SequenceOptions, 'seed' | 'firstValue'>,
): KeySequence {
  const choices = spec.mix.map((operation) => {
    const texts = textsOf(operation);
    return {
      weight: operation.weight,
      usesKey: leavesOpen(texts, 'key'),
      isWrite: leavesOpen(texts, 'value'),
    };
  });
  return new KeySequence(choices, { keys: spec.keys, inTurn: spec.verify !== null, ...options });
}
