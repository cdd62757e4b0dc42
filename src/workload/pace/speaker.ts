/** How a kind of load speaks to its targets, in the words of its own operations: in the load, and one by one. */
import type { Places } from './balance.ts';

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
export interface ProtocolClient<Words> extends Places {
  /** One operation at one target; never rejects, and takes no longer than the load's time-out. */
  perform(words: Words, place: number, key: number, value: string): Promise<Answer>;
  /** Names an operation in a message, without what may be secret in it: `POST /write`. */
  describe(words: Words): string;
  /** All texts in it that may hold placeholders. */
  textsOf(words: Words): readonly string[];
}

/** One after the other until one of them does it, or does not know whether it has. Begins with the first. */
export async function performAnywhere<Words>(
  speaker: ProtocolClient<Words>,
  words: Words,
  key: number,
  value: string,
): Promise<Answer> {
  for (let place = 0; ; place++) {
    const answer = await speaker.perform(words, place, key, value);
    if (!answer.undone || place + 1 >= speaker.count) return answer;
  }
}
