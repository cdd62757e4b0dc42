/**
 * What an operation of a workload may leave open: `{{key}}`, a number of the key space, and `{{value}}`, another one for
 * every write; `{{key|base64}}` and `{{value|base64}}` for what takes base64. Pure.
 */
import { closest } from './closest.ts';

export interface Placeholder {
  of: 'key' | 'value';
  base64: boolean;
}

const KNOWN: Record<string, Placeholder> = {
  key: { of: 'key', base64: false },
  value: { of: 'value', base64: false },
  'key|base64': { of: 'key', base64: true },
  'value|base64': { of: 'value', base64: true },
};

/** For people. */
export const PLACEHOLDERS = '{{key}}, {{value}}, {{key|base64}} and {{value|base64}}';

/** A text in pieces: what stands there as it is, and what is left open. A `{{word}}` that is unknown is a piece as it stands, and is told. */
export function parsePlaceholders(text: string): {
  parts: (string | Placeholder)[];
  unknown: string[];
} {
  const parts: (string | Placeholder)[] = [];
  const unknown: string[] = [];
  let from = 0;
  for (const found of text.matchAll(/\{\{([^{}]*)\}\}/g)) {
    const [whole, inner = ''] = found;
    const name = inner.replaceAll(/\s/g, '');
    const placeholder = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    if (!placeholder) {
      // JSON within JSON has braces in pairs, too; only a word is meant as a placeholder.
      if (/^[\w$.|-]+$/.test(name)) unknown.push(whole);
      continue;
    }
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push(placeholder);
    from = found.index + whole.length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return { parts, unknown };
}

/** Whether one of the texts leaves this open. */
export function leavesOpen(texts: readonly string[], of: Placeholder['of']): boolean {
  return texts.some((text) =>
    parsePlaceholders(text).parts.some((part) => typeof part === 'object' && part.of === of),
  );
}

/** What an unknown one was most likely meant to be. */
export function hintFor(unknown: string): string {
  const near = closest(unknown.replaceAll(/[{}\s]/g, ''), Object.keys(KNOWN));
  return near ? `Did you mean {{${near}}}?` : `There are ${PLACEHOLDERS}.`;
}
