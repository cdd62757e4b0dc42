/** What a program printed, as plain lines. */
import { stripVTControlCharacters } from 'node:util';

/** The last `count` lines of a text, oldest first, without colours and control characters; tabs become spaces. */
export function lastLines(text: string, count: number): string[] {
  const plain = stripVTControlCharacters(text).replace(/\r?\n$/, '');
  if (plain === '' || count <= 0) return [];
  return plain
    .split('\n')
    .slice(-count)
    .map((line) => line.replaceAll('\t', ' ').replace(/\p{Cc}/gu, ''));
}
