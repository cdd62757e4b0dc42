/** A report as JUnit XML: a suite a chapter, a case for each item that was expected. GitLab, Jenkins and GitHub's actions read it. Pure. */
import type { ReportItem } from '../../run/report/item.ts';
import type { Report } from '../../run/report/report.ts';
import { expectedWords } from './html-chapters.ts';
import { text } from './html-text.ts';
import { itemPlace, verdictSentence } from './words.ts';

export function reportJunit(report: Report): string {
  const { run, chapters, items } = report;
  const suites = [
    ...chapters.map(({ id, title, number, entering_at, until }) => ({
      name: `${number}. ${title}`,
      at: entering_at ?? run.started_at,
      tookMs: entering_at && until ? Date.parse(until) - Date.parse(entering_at) : 0,
      cases: items.filter(({ chapter }) => chapter === id),
    })),
    {
      name: 'Outside of the chapters',
      at: run.started_at,
      tookMs: 0,
      cases: items.filter(({ chapter }) => !chapters.some(({ id }) => id === chapter)),
    },
  ].filter(({ cases }) => cases.length > 0);
  const story = `gameday.${run.story.name}`;
  const xml = suites.map(({ name, at, tookMs, cases }, index) =>
    [
      `  <testsuite id="${index}" name="${text(name)}" package="${text(story)}" ${counts(cases)} errors="0" time="${seconds(tookMs)}" timestamp="${at.slice(0, 19)}" hostname="${text(report.environment?.host ?? 'localhost')}">`,
      '    <properties/>',
      ...unique(cases).map(([caseName, item]) => testCase(caseName, item, `${story}.${name}`)),
      '    <system-out/>',
      '    <system-err/>',
      '  </testsuite>',
    ].join('\n'),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${text(verdictSentence(report)).replaceAll('--', '-')} -->
<testsuites>
${xml.join('\n')}
</testsuites>
`;
}

function counts(cases: readonly ReportItem[]): string {
  const of = (state: ReportItem['state']) => cases.filter((item) => item.state === state).length;
  return `tests="${cases.length}" failures="${of('deviated')}" skipped="${of('not_measured')}"`;
}

/** What is named alike twice would be one case to many readers. */
function unique(cases: readonly ReportItem[]): [string, ReportItem][] {
  const seen = new Map<string, number>();
  return cases.map((item) => {
    const name = [expectedWords(item), itemPlace(item)].filter(Boolean).join(', ');
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return [times > 1 ? `${name} (${times})` : name, item];
  });
}

function testCase(name: string, item: ReportItem, suite: string): string {
  const tookMs = item.unit === 'ms' ? (item.measured ?? 0) : 0;
  const open = `    <testcase name="${text(name)}" classname="${text(suite)}" time="${seconds(tookMs)}"`;
  if (item.state === 'met') return `${open}/>`;
  const message = text(item.text);
  const inner =
    item.state === 'deviated'
      ? `<failure message="${message}" type="deviated">${message}</failure>`
      : `<skipped message="${message}"/>`;
  return `${open}>${inner}</testcase>`;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
