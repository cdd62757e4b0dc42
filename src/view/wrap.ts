/**
 * How wide text is on a terminal, and breaking it into lines of a width. Takes text without escape sequences. The library
 * that breaks lines costs 60 ms to import, so it is loaded where a line is really too long, and by the list of tasks.
 */

/** Breaks one line at its spaces, and words longer than a line wherever needed. Indentation stands on every line of it. */
export type Wrap = (line: string, width: number) => string[];

/** Drawn on top of the character before it, or not at all. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]/u;
/** Two columns: East Asian wide and full-width letters, emoji. */
const DOUBLE_WIDTH =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for single characters. */
function characters(text: string): string[] {
  if (/^[\x20-\x7e]*$/.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** In columns. */
export function displayWidth(text: string): number {
  return characters(text).reduce(
    (sum, each) => sum + (DOUBLE_WIDTH.test(each) ? 2 : NO_WIDTH.test(each) ? 0 : 1),
    0,
  );
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
