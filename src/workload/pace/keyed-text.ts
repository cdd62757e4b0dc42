/** Texts with something left open, made ready once and filled in for each operation. Pure. */
import { parsePlaceholders } from '../../terms/placeholders.ts';

/** `value` is looked at only where the text has `{{value}}`. */
export type KeyedText = (key: number, value: string) => string;

export function keyedText(text: string): KeyedText {
  const { parts } = parsePlaceholders(text);
  if (parts.every((part) => typeof part === 'string')) return () => text;
  return (key, value) => {
    let filled = '';
    for (const part of parts) {
      if (typeof part === 'string') filled += part;
      else {
        const plain = part.of === 'key' ? String(key) : value;
        filled += part.base64 ? Buffer.from(plain).toString('base64') : plain;
      }
    }
    return filled;
  };
}
