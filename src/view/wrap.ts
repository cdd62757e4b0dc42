/** How wide text is on a terminal, and breaking it into lines of a width. Pure; takes text without escape sequences. */

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

function characterWidth(character: string): number {
  if (DOUBLE_WIDTH.test(character)) return 2;
  return NO_WIDTH.test(character) ? 0 : 1;
}

/** In columns. */
export function displayWidth(text: string): number {
  return characters(text).reduce((sum, character) => sum + characterWidth(character), 0);
}

/** Like `padEnd`, by columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Breaks one line at its spaces, and words longer than a line wherever needed. Indentation stands on every line of it. */
export function wrap(line: string, width: number): string[] {
  const indent = (/^ */.exec(line) as RegExpExecArray)[0].slice(0, Math.max(0, width >> 1));
  const room = Math.max(2, width - indent.length);
  const lines: string[] = [];
  let current = '';
  for (const word of line
    .trim()
    .split(/ +/)
    .flatMap((each) => pieces(each, room))) {
    if (current === '') current = word;
    else if (displayWidth(current) + 1 + displayWidth(word) <= room) current += ` ${word}`;
    else {
      lines.push(indent + current);
      current = word;
    }
  }
  return [...lines, current === '' ? '' : indent + current];
}

function pieces(word: string, room: number): string[] {
  if (displayWidth(word) <= room) return [word];
  const parts: string[] = [];
  let part = '';
  let partWidth = 0;
  for (const character of characters(word)) {
    const width = characterWidth(character);
    if (partWidth + width > room) {
      parts.push(part);
      [part, partWidth] = ['', 0];
    }
    part += character;
    partWidth += width;
  }
  return [...parts, part];
}
