/**
 * The charts of a report as one picture that stands alone. Its colours are plain, so that whatever makes a PNG of it draws them,
 * and not only a browser; there it is dark where the reader's system is. Pure.
 */
import type { Report } from '../../run/report/report.ts';
import { loadWrap } from '../wrap.ts';
import { KEY, MARKS } from './backdrop.ts';
import { type Figure, laneFigure, measuredFigures, WIDTH } from './chart.ts';
import { text } from './html-text.ts';
import { PALETTE } from './style.ts';
import { verdictSentence } from './words.ts';

const CAPTION = 22;
const LINE = 17;
/** Characters that fit into a line. */
const COLUMNS = 130;

const [INK, DARK_INK] = PALETTE.ink;
/** What is painted has its light colour as an attribute, which any rule of a style goes before. */
const PAINTED = Object.values(PALETTE).flatMap(([light, dark]) =>
  ['fill', 'stroke'].map((what) => `[${what}="${light}"] { ${what}: ${dark}; }`),
);
const DARK = `@media (prefers-color-scheme: dark) { svg { color: ${DARK_INK}; } ${[...new Set(PAINTED)].join(' ')} }`;

export async function reportSvg(report: Report): Promise<string> {
  const measured = measuredFigures(report);
  const lanes = laneFigure(report);
  const sentence = verdictSentence(report);
  const { run } = report;
  const wrap = await loadWrap();
  const lines = [...wrap(sentence, COLUMNS).map(text), ...(measured.length > 0 ? keyLines() : [])];
  const head = lines.map((line, index) => words(40 + index * LINE, 12, line));
  let y = 36 + lines.length * LINE;
  const parts = [...measured, ...(lanes ? [lanes] : [])].map((figure: Figure) => {
    const at = y;
    y += CAPTION + figure.height;
    const inner = figure.svg.replace('<svg ', `<svg y="${at + CAPTION}" `);
    return `${words(at + 14, 13, text(figure.caption))}\n${inner}`;
  });
  return withPlainColours(`<svg xmlns="http://www.w3.org/2000/svg" color="${INK}" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" role="img" aria-label="${text(sentence)}">
<style>${DARK}</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
<text x="8" y="20" font-size="16" font-weight="bold" fill="currentColor">${text(`${run.story.name}, run ${run.id}`)}</text>
${[...head, ...parts].join('\n')}
</svg>
`);
}

function keyLines(): string[] {
  const square = ([colour, name]: (typeof KEY)[number]) =>
    `<tspan fill="var(--${colour})">■</tspan> ${name}`;
  return [KEY.map(square).join(' \u00a0 '), MARKS];
}

/** `marked`: what stands there, made harmless. */
function words(y: number, size: number, marked: string): string {
  return `<text x="8" y="${y}" font-size="${size}" fill="currentColor">${marked}</text>`;
}

function withPlainColours(svg: string): string {
  return svg.replaceAll(
    /="var\(--([a-z0-9]+)\)"/g,
    (_, name) => `="${PALETTE[name as keyof typeof PALETTE][0]}"`,
  );
}
