/** A cast of the presenter's screen as frames: what stood in each row, at so many moments a second. It knows what the screen writes, and no more of terminals. */

export interface Piece {
  text: string;
  /** As the terminal was told: `bold`, `dim`, `red`, `green`, `inverse`. */
  styles: readonly string[];
}
export type Row = readonly Piece[];

export interface Cast {
  columns: number;
  rows: number;
  /** Seconds since the beginning, and what was written. */
  output: readonly (readonly [at: number, text: string])[];
}

const STYLES: Record<string, string> = {
  '1': 'bold',
  '2': 'dim',
  '7': 'inverse',
  '31': 'red',
  '32': 'green',
};
const ESCAPE = String.fromCharCode(27);
const SEQUENCE = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])`, 'g');

export function parseCast(text: string): Cast {
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const output = lines
    .filter(([, kind]) => kind === 'o')
    .map(([at, , written]): [number, string] => [at, written]);
  return { columns: header.width, rows: header.height, output };
}

/** `everyMs`: from one frame to the next. Ends before the screen is given back. */
export function framesOf({ rows, output }: Cast, everyMs: number): Row[][] {
  const screen: Row[] = Array.from({ length: rows }, () => []);
  const frames: Row[][] = [];
  let nextMs = everyMs;
  for (const [at, text] of output) {
    if (text.includes(`${ESCAPE}[?1049l`)) break;
    for (; at * 1000 > nextMs; nextMs += everyMs) frames.push([...screen]);
    write(screen, text);
  }
  return [...frames, [...screen]];
}

/** The screen writes whole rows, each from its first column. */
function write(screen: Row[], text: string): void {
  let row = 0;
  let styles: string[] = [];
  let from = 0;
  const put = (until: number) => {
    const piece = text.slice(from, until);
    if (piece !== '' && row < screen.length)
      screen[row] = [...(screen[row] ?? []), { text: piece, styles }];
  };
  for (const { 0: whole, 1: given = '', 2: kind, index } of text.matchAll(SEQUENCE)) {
    put(index);
    from = index + whole.length;
    if (kind === 'H') row = Number(given.split(';')[0] || 1) - 1;
    if (kind === 'K') screen[row] = [];
    if (kind === 'J') screen.fill([]);
    if (kind === 'm')
      for (const code of given.split(';'))
        styles = STYLES[code]
          ? [...styles, STYLES[code]]
          : code === '0'
            ? []
            : without(styles, code);
  }
  put(text.length);
}

function without(styles: readonly string[], code: string): string[] {
  const ended: Record<string, readonly string[]> = {
    '22': ['bold', 'dim'],
    '27': ['inverse'],
    '39': ['red', 'green'],
  };
  return styles.filter((style) => !(ended[code] ?? []).includes(style));
}
