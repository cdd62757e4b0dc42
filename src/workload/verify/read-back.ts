/**
 * Reads back every key that has an acknowledged write, and compares it with the ledger. While the store cannot be reached,
 * reads are tried again for a while; keys that stay unread are counted as unreadable, never as lost. Knows no protocol.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { MOST_NAMED, type Verified } from '../../impact/verified.ts';
import type { OperationResult } from '../pace/protocol-client.ts';
import type { Judgement, Ledger, WriteNumber } from './ledger.ts';

const AT_A_TIME = 16;
const AGAIN_MS = 200;
const SAY_EVERY_MS = 500;
/** After so many failed reads a key is given up, if others were answered meanwhile. */
const TRIES = 5;

export interface ReadBackOptions {
  /** The number in the value of write 0. */
  firstValue: number;
  /** What is read is a body with more in it than the value. */
  isBody: boolean;
  /** No answer at all for so long ends it. */
  patienceMs: number;
  /** It ends after so long in any case. */
  limitMs?: number;
  say(done: number, of: number): void;
  /** Ends it early. */
  signal: AbortSignal;
}

/** `read`: asks the store; never rejects. `attempt`: from 0, so that another target can be asked. */
export async function readBack(
  ledger: Ledger,
  read: (key: number, attempt: number) => Promise<OperationResult>,
  { firstValue, isBody, patienceMs, limitMs = 600_000, say, signal }: ReadBackOptions,
): Promise<Omit<Verified, 'since' | 'incomplete'>> {
  const bad: Record<Exclude<Judgement, 'well'> | 'unreadable', number[]> = {
    lost: [],
    stale: [],
    foreign: [],
    unreadable: [],
  };
  const keys = ledger.writtenKeys();
  const of = ledger.written;
  const startedAt = performance.now();
  let answeredAt = startedAt;
  let saidAt = startedAt;
  let givenUp = false;
  let done = 0;

  const readOne = async (key: number): Promise<Judgement | 'unreadable'> => {
    const from = performance.now();
    for (let attempt = 0; !givenUp; attempt++) {
      const { error, text } = await read(key, attempt);
      const now = performance.now();
      if (error === null || saysMissing(error)) {
        answeredAt = now;
        return judge(ledger, key, error === null ? findValues(text, { firstValue, isBody }) : []);
      }
      givenUp ||= signal.aborted || now - answeredAt > patienceMs || now - startedAt > limitMs;
      if (attempt + 1 >= TRIES && answeredAt > from) break;
      if (!givenUp) await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
    return 'unreadable';
  };
  const work = async () => {
    for (const key of keys) {
      const judgement = givenUp ? 'unreadable' : await readOne(key);
      if (judgement !== 'well') bad[judgement].push(key);
      done++;
      if (performance.now() - saidAt < SAY_EVERY_MS) continue;
      saidAt = performance.now();
      say(done, of);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const named = (all: number[]) => ({
    count: all.length,
    keys: all.toSorted((one, other) => one - other).slice(0, MOST_NAMED),
  });
  const { lost, stale, foreign, unreadable } = bad;
  return {
    acknowledged: ledger.acknowledged,
    keys: of,
    lost: named(lost),
    stale: named(stale),
    foreign: named(foreign),
    unreadable: named(unreadable),
  };
}

/** How a web server says that there is nothing. */
function saysMissing(error: string): boolean {
  return error === 'status 404' || error === 'status 410';
}

/** Several values in one answer: one allowed value is enough, since the store has it. */
function judge(ledger: Ledger, key: number, found: (WriteNumber | 'foreign')[]): Judgement {
  if (found.length === 0) return ledger.judge(key, null);
  const judgements = found.map((each) => ledger.judge(key, each));
  return (
    (['well', 'stale', 'foreign'] as const).find((each) => judgements.includes(each)) ?? 'foreign'
  );
}

/**
 * The writes whose values are in an answer, as they are or in base64. A 16-digit number below `firstValue` is `foreign`.
 * Any other text is `foreign` too, except in HTTP bodies, which may hold more than the value.
 */
export function findValues(
  text: string,
  { firstValue, isBody }: Pick<ReadBackOptions, 'firstValue' | 'isBody'>,
): (WriteNumber | 'foreign')[] {
  if (text === '') return [];
  const decoded =
    text
      .match(/[A-Za-z0-9+/_-]{8,}/g)
      ?.map((run) => Buffer.from(run, 'base64').toString('latin1')) ?? [];
  const length = String(firstValue).length;
  const numbers = [text, ...decoded]
    .flatMap((each) => each.match(/\d+/g) ?? [])
    .filter((digits) => digits.length === length);
  const found = numbers.map((digits) =>
    Number(digits) >= firstValue ? Number(digits) - firstValue : 'foreign',
  );
  return found.length === 0 && !isBody ? ['foreign'] : found;
}
