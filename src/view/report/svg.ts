/** The charts of a report as one picture that stands alone. Pure. */
import type { Report } from '../../run/report/report.ts';
import { type Figure, laneFigure, measuredFigures, WIDTH } from './chart.ts';
import { text } from './html-text.ts';
import { COLOURS } from './style.ts';
import { verdictSentence } from './words.ts';

const HEAD = 52;
const CAPTION = 22;

export function reportSvg(report: Report): string {
  const lanes = laneFigure(report);
  const drawn: Figure[] = [...measuredFigures(report), ...(lanes ? [lanes] : [])];
  let y = HEAD;
  const parts = drawn.map(({ caption, svg, height }) => {
    const at = y;
    y += CAPTION + height;
    const inner = svg.replace('<svg ', `<svg y="${at + CAPTION}" `);
    return `<text x="8" y="${at + 14}" font-size="13" fill="currentColor">${text(caption)}</text>\n${inner}`;
  });
  const sentence = verdictSentence(report);
  const { run } = report;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" role="img" aria-label="${text(sentence)}">
<style>${COLOURS} svg { color: var(--ink); }</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
<text x="8" y="20" font-size="16" font-weight="bold" fill="currentColor">${text(`${run.story.name}, run ${run.id}`)}</text>
<text x="8" y="40" font-size="12" fill="currentColor">${text(sentence)}</text>
${parts.join('\n')}
</svg>
`;
}
