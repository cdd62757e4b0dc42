/** The command to type next, made from the one that was typed: the same flags, the same service. Pure. */

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

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
