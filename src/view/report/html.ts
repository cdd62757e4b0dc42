/** A report as one HTML page that needs nothing else: no network, no script. Pure. All text of others goes through `text`. */
import type { Report } from '../../run/report/report.ts';
import { printable, safeJson } from '../printable.ts';
import type { Host } from '../spelling.ts';
import { laneFigure, measuredFigures } from './chart.ts';
import { hoverScript } from './hover.ts';
import { chapterSection, environmentSection, timelineSection } from './html-chapters.ts';
import { faultSection } from './html-faults.ts';
import { figures, list, section, spelled, text } from './html-text.ts';
import { STYLE } from './style.ts';
import { actionItems, caveatSentence, duration, verdictSentence } from './words.ts';

export function reportHtml(report: Report, host: Host): string {
  const { run, verdict, caveats } = report;
  const title = `${printable(run.story.name)}, run ${run.id}`;
  const at = run.started_at;
  const body = [
    `<header><h1>${text(title)}</h1>`,
    `<p class="small"><time datetime="${at}">${text(`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`)}</time>, ${text(duration(run.duration_ms))}, ${text(run.engine.kind)} ${text(run.engine.project)}</p>`,
    `<p class="verdict ${verdict.state}" role="status">${spelled(verdictSentence(report), host)}</p>`,
    ...caveats.map((caveat) => `<p class="note">${spelled(caveatSentence(caveat), host)}</p>`),
    '</header>',
    '<main>',
    chapterSection(report),
    chartSection(report),
    faultSection(report),
    laneSection(report),
    section('To do', list(actionItems(report)) || '<p>Nothing: all that was expected was so.</p>'),
    timelineSection(report),
    environmentSection(report),
    '</main>',
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gameday ${text(report.gameday)}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.filter((part) => part !== '').join('\n')}
${hoverScript(report, safeJson)}
</body>
</html>
`;
}

function chartSection(report: Report): string {
  const drawn = measuredFigures(report);
  if (drawn.length === 0) return '';
  const key = [
    ['--rate', 'operations a second (band: lowest and highest)'],
    ['--p50', 'p50'],
    ['--p99', 'p99'],
    ['--p999', 'p99.9'],
    ['--error', 'errors'],
    ['--fault', 'a fault is live (dashed: injected, undone)'],
  ].map(([colour, name]) => `<span><i style="background: var(${colour})"></i>${name}</span>`);
  const about = `<p class="key small">${key.join('')}<span>numbers on top: chapters; ▲: notes</span></p>`;
  return section('What was measured', about + figures(drawn));
}

function laneSection(report: Report): string {
  const drawn = laneFigure(report);
  if (drawn === null) return '';
  const left = report.instances?.left_out ?? 0;
  const more = left > 0 ? `<p class="note">${left} later changes are not shown.</p>` : '';
  return section('Instances and probes', figures([drawn]) + more);
}
