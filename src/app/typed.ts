/** The command to type next, made from the one that was typed: the same flags, the same service. Pure. */
import type { PlaceWords } from '../view/spelling.ts';
import type { PlaceFlags } from './locate.ts';

/** What a shell takes as it stands. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** `typed`: topic and verb first. `more`: what is added at the end. */
export function typedAgain(typed: readonly string[], ...more: string[]): string {
  return [...typed, ...more].map(quoted).join(' ');
}

/** The same with its first `wrong` as `right`. */
export function typedWith(typed: readonly string[], wrong: string, right: string): string {
  const at = typed.indexOf(wrong);
  return typedAgain(at < 0 ? typed : typed.with(at, right));
}

/** Flags by which a command finds the state of a stack; the first name is the one that is written. */
const FINDS_STATE = [
  ['--state-dir'],
  ['--story', '-s'],
  ['--compose-file'],
  ['--project', '-p'],
  ['--engine'],
  ['--context'],
  ['--namespace'],
] as const;

/** Those that were typed, for what is told to be typed next. */
export function placeWords(flags: PlaceFlags): PlaceWords[] {
  return FINDS_STATE.flatMap((flag) => {
    const value = flags[flag[0].slice(2) as keyof PlaceFlags] ?? [];
    const each = [value].flat().filter((one) => typeof one === 'string');
    const words = each.map((one) => `${flag[0]} ${quoted(one)}`).join(' ');
    return words === '' ? [] : { flag, words };
  });
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
