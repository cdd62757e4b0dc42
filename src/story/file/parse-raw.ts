/** A story's values as the file has them, which may be of any shape, and how a finding on one of them is written down. */
import type { Finding, Path } from './parse-place.ts';

export type Values = Record<string, unknown>;

export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty where it is no mapping: the schema says so. */
export function asValues(value: unknown): Values {
  return isValues(value) ? value : {};
}

/** Empty where it is no list: the schema says so. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What the chapters do as they are entered, each with its path. */
export function* actionsOf(story: Values): Generator<{ path: Path; action: Values }> {
  for (const [chapter, raw] of asList(story.chapters).entries()) {
    for (const [index, action] of asList(asValues(raw).on_enter).entries())
      yield { path: ['chapters', chapter, 'on_enter', index], action: asValues(action) };
  }
}

/** About the value at `path`. */
export function say(path: Path, message: string, hint: string | null): Finding {
  return { path, at: 'value', message, hint };
}

/** About the key that `path` ends with, whatever its value. */
export function sayKey(path: Path, message: string, hint: string | null): Finding {
  return { path, at: 'key', message, hint };
}
