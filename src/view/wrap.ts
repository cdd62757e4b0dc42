/**
 * How wide text is on a terminal, and breaking it into lines of a width. Takes text without escape sequences. The libraries
 * cost up to 60 ms to import, most of it for the tables of Unicode: the one that breaks lines is loaded where a line is really
 * too long, and by the list of tasks; the one that measures where a text has more than what every keyboard has.
 */
import { createRequire } from 'node:module';

/** Breaks one line at its spaces, and words longer than a line wherever needed. Indentation stands on every line of it. */
export type Wrap = (line: string, width: number) => string[];

/** What most text is made of, and our own marks and bars: a column each, and none of them joins another. */
const PLAIN = /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u2199\u2500-\u259f›✎✔✖▲▶▸●○◌]*$/;

let measure: ((text: string) => number) | undefined;

/** Loaded here and now, since whoever draws a line cannot wait. */
function stringWidth(text: string): number {
  measure ??= (createRequire(import.meta.url)('string-width') as typeof import('string-width'))
    .default;
  return measure(text);
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for single characters. */
function characters(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** In columns. */
export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The beginning of it that fits, with `…` at its end where something is cut off. */
export function clipTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let clipped = '';
  let used = 1;
  for (const each of characters(text)) {
    used += displayWidth(each);
    if (used > width) break;
    clipped += each;
  }
  return width < 1 ? '' : `${clipped}…`;
}

/** Like `padEnd`, by columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export async function loadWrap(): Promise<Wrap> {
  const { default: wrapAnsi } = await import('wrap-ansi');
  return (line, width) => {
    const indent = (/^ */.exec(line) as RegExpExecArray)[0].slice(0, Math.max(0, width >> 1));
    const room = Math.max(2, width - indent.length);
    // `trim: false` keeps the gaps between columns; what is left at the ends of lines is cut here.
    return wrapAnsi(line.trim(), room, { hard: true, trim: false })
      .split('\n')
      .map((each) => (each.trim() === '' ? '' : indent + each.trim()));
  };
}
