/**
 * The labels that instances bear, and the patterns by which a user means them: `tier=db`, or `tier` for any value of it; `*`
 * stands for any characters. Pure.
 */
import { closest } from '../terms/closest.ts';
import type { InstanceRow } from './instance.ts';

/** The label of the instance that the pattern means, as `name=value`; null: it bears none. */
export function borneLabel({ labels = {} }: InstanceRow, pattern: string): string | null {
  const found = Object.entries(labels).find(([name, value]) =>
    matches(pattern, pattern.includes('=') ? `${name}=${value}` : name),
  );
  return found ? found.join('=') : null;
}

/** What was meant by a pattern that no instance bears: another value of that name, or the nearest name. Null: nothing comes near. */
export function meantLabel(pattern: string, rows: readonly InstanceRow[]): string | null {
  const [wanted = ''] = pattern.split('=');
  const all = rows.flatMap(({ labels = {} }) => Object.entries(labels));
  // Values may be secrets: only those of the very label that was asked for are shown.
  const values = all.filter(([name]) => name === wanted).map((each) => each.join('='));
  return (
    closest(pattern, [...new Set(values)]) ??
    values[0] ??
    closest(wanted, [...new Set(all.map(([name]) => name))])
  );
}

/** The whole text; `*` stands for any characters. No regular expression: a pattern of a user must not run without end. */
export function matches(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split('*') as [string, ...string[]];
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  const last = rest.pop() as string;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
