/** The formats of a report: one row each. Pure. */
import type { Window } from '../../impact/windows.ts';
import type { Event } from '../../run/events.ts';
import type { Report } from '../../run/report/report.ts';
import { safeJson } from '../printable.ts';
import type { Host } from '../spelling.ts';
import { chaosToolkitJournal } from './chaostoolkit.ts';
import { samplesCsv } from './csv.ts';
import { reportJson } from './json.ts';
import { reportJunit } from './junit.ts';
import { reportMarkdown } from './markdown.ts';

export const FORMATS = ['html', 'json', 'markdown', 'junit', 'csv', 'svg', 'chaostoolkit'] as const;
export type Format = (typeof FORMATS)[number];

/** What its file's name ends with. */
export const EXTENSIONS: Record<Format, string> = {
  html: 'html',
  json: 'json',
  markdown: 'md',
  junit: 'xml',
  csv: 'csv',
  svg: 'svg',
  chaostoolkit: 'chaostoolkit.json',
};

/** What a report has no room for, and some formats are made of. */
export interface Records {
  events: readonly Event[];
  windows(): Iterable<Window>;
}

/** Resolves to the text; the library that draws is loaded where something is drawn. */
export async function renderReport(
  format: Format,
  report: Report,
  { events, windows }: Records,
  host: Host,
): Promise<string> {
  switch (format) {
    case 'html':
      return (await import('./html.ts')).reportHtml(report, host);
    case 'svg':
      return (await import('./svg.ts')).reportSvg(report);
    case 'json':
      return `${safeJson(reportJson(report), 2)}\n`;
    case 'markdown':
      return reportMarkdown(report, host);
    case 'chaostoolkit':
      return `${safeJson(chaosToolkitJournal(report, events, host), 2)}\n`;
    case 'junit':
      return reportJunit(report);
    case 'csv':
      return samplesCsv(windows(), Date.parse(report.run.started_at));
  }
}
