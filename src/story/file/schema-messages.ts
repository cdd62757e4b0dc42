/** How the story's schema says what is wrong. Every message has two lines, what is wrong and a hint; `parse-issues.ts` takes them apart. */
import type * as v from 'valibot';
import { closest } from '../../terms/closest.ts';

/** Longer words are no slips of the hand, and comparing them is slow. */
const LONGEST_WORD = 64;

/** What is wrong, and what to do about it, as one message. */
export function say(message: string, hint: string | null = null): string {
  return hint === null ? message : `${message}\n${hint}`;
}

/** A value as it is named in a message. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number') return `the number ${value}`;
  const text = JSON.stringify(value);
  return text.length > 44 ? `${text.slice(0, 40)}…"` : text;
}

export type Hint = string | ((value: unknown) => string | null) | null;

/** A message for a value that is not what it should be. */
export function expected(what: string, hint: Hint = null): (issue: v.BaseIssue<unknown>) => string {
  return (issue) =>
    say(
      `expected ${what}, got ${describeValue(issue.input)}`,
      typeof hint === 'function' ? hint(issue.input) : hint,
    );
}

/** `Did you mean "x"?`, or what there is. */
export function didYouMean(word: string, names: readonly string[]): string | null {
  const near = word.length > LONGEST_WORD ? null : closest(word, names);
  if (near) return `Did you mean "${near}"?`;
  return names.length > 0
    ? `There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`
    : null;
}
