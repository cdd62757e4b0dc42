/**
 * A load of operations in a protocol's own words: drawn by weight, sent to several targets, after a set-up. What a kind
 * of load adds is how it speaks to one target.
 */
import type { DrawSpec, PaceSpec } from '../story/workload-spec.ts';
import { Balance, type Places } from './balance.ts';
import type { Draw } from './draw.ts';
import type { Load } from './load.ts';
import { OpenLoop } from './open-loop.ts';
import { runSetup } from './setup.ts';

/** What came of one operation that is not of the load. */
export interface Answer {
  /** `null`: it came back well; otherwise the kind of error. */
  error: string | null;
  /** It was surely not done, so that another target may try. */
  undone: boolean;
  /** What came back, as text: a body, a value, the first column of the rows. */
  text: string;
}

/** Targets that also do operations by themselves, as a set-up needs it. */
export interface Speaker<Words> extends Places {
  /** One operation at one target; never rejects, and takes no longer than the load's time-out. */
  perform(words: Words, place: number, key: number, value: string): Promise<Answer>;
  /** Names an operation in a message, without what may be secret in it: `POST /write`. */
  describe(words: Words): string;
  /** All texts in it that may hold placeholders. */
  textsOf(words: Words): readonly string[];
}

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

/** One after the other until one of them does it, or does not know whether it has. Begins with the first. */
export async function performAnywhere<Words>(speaker: Speaker<Words>, words: Words, key: number, value: string): Promise<Answer> {
  for (let place = 0; ; place++) {
    const answer = await speaker.perform(words, place, key, value);
    if (!answer.undone || place + 1 >= speaker.count) return answer;
  }
}
