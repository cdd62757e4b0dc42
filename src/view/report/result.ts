/** What `story report` hands back: where it stands, or the report itself. Pure. */
import type { Report } from '../../run/report/report.ts';
import type { Result } from '../results.ts';
import type { Format } from './index.ts';
import { verdictSentence } from './words.ts';

export function reportResult({
  report,
  text,
  path,
  format,
}: {
  report: Report;
  text: string;
  path: string | null;
  format: Format;
}): Result {
  const verdict = { ...report.verdict, sentence: verdictSentence(report) };
  const json = { run: report.run.id, format, path, verdict };
  if (path === null) return { json: { ...json, text }, lines: [], raw: text };
  return { json, lines: [path] };
}
