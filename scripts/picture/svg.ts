/** Frames as one moving SVG without a script: each row is there as often as it changes, and is shown for its time. */
import { displayWidth } from '../../src/view/wrap.ts';
import type { Row } from './frames.ts';

const WIDTH = 8.4;
const HEIGHT = 18;
const MARGIN = 14;

interface Shown {
  row: number;
  content: string;
  from: number;
  /** The first frame in which it no longer stands there. */
  to: number;
}

/** `poster`: the frame that stands still where nothing moves. */
export function svgOf(
  frames: readonly (readonly Row[])[],
  {
    columns,
    everyMs,
    poster,
    title,
  }: { columns: number; everyMs: number; poster: number; title: string },
): string {
  const rows = frames[0]?.length ?? 0;
  const [width, height] = [columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN];
  const shown = Array.from({ length: rows }, (_, row) => stretches(frames, row)).flat();
  const count = frames.length;
  const times = new Map(shown.map(({ from, to }) => [`k${from}-${to}`, [from, to] as const]));
  times.delete(`k0-${count}`);
  const percent = (frame: number) => `${Number(((frame / count) * 100).toFixed(3))}%`;
  const keyframes = [...times].map(([name, [from, to]]) => {
    const hidden = '{visibility:hidden}';
    const start = from === 0 ? '' : `0%${hidden}`;
    const end = to === count ? '' : `${percent(to)}${hidden}`;
    return `@keyframes ${name}{${start}${percent(from)}{visibility:visible}${end}}`;
  });
  const texts = shown.map(({ row, content, from, to }) => {
    const isPoster = from <= poster && poster < to;
    const always = from === 0 && to === count;
    const name = always ? '' : ` style="animation-name:k${from}-${to}"`;
    const classes = always ? '' : ` class="f${isPoster ? ' p' : ''}"`;
    return `<g${classes}${name} transform="translate(${MARGIN} ${row * HEIGHT + MARGIN})">${content}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#d7dae0;white-space:pre}
.bold{font-weight:bold}.dim{fill:#9aa2b1}.red{fill:#ff7b7b}.green{fill:#6fcf8b}.inverse{fill:#14161a}
.f{visibility:hidden;animation:${(count * everyMs) / 1000}s step-end infinite}.p{visibility:visible}
@media (prefers-reduced-motion:reduce){.f{animation:none}}
${keyframes.join('\n')}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#14161a"/>
${texts.join('\n')}
</svg>
`;
}

/** A row's contents one after the other; empty ones are left out. */
function stretches(frames: readonly (readonly Row[])[], row: number): Shown[] {
  const found: Shown[] = [];
  for (const [index, frame] of frames.entries()) {
    const content = contentOf(frame[row] ?? []);
    const open = found.at(-1);
    if (open && open.content === content) open.to = index + 1;
    else found.push({ row, content, from: index, to: index + 1 });
  }
  return found.filter(({ content }) => content !== '');
}

/** Each piece with its own place, so that a font whose blocks are wider moves nothing. */
function contentOf(pieces: Row): string {
  let column = 0;
  let bars = '';
  const spans = pieces.map(({ text, styles }) => {
    const x = Number((column * WIDTH).toFixed(1));
    const length = displayWidth(text) * WIDTH;
    column += displayWidth(text);
    if (styles.includes('inverse'))
      bars += `<rect x="${x}" width="${Number(length.toFixed(1))}" height="${HEIGHT}" fill="#d7dae0"/>`;
    if (text.trim() === '') return '';
    const named = styles.length > 0 ? ` class="${styles.join(' ')}"` : '';
    return `<tspan x="${x}"${named}>${escaped(text.trimEnd())}</tspan>`;
  });
  const told = spans.join('');
  return told === '' ? bars : `${bars}<text y="${HEIGHT - 5}">${told}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}
