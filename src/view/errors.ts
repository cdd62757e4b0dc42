/**
 * A refusal or an error as a person reads it: what was refused, each problem of a story with its place, and what to
 * type next, spelled the way the host CLI spells commands. Pure.
 */
import type { ErrorReport, Problem } from '../terms/outcomes.ts';
import { printable, printableLines } from './printable.ts';
import { type Host, spellNext } from './spelling.ts';

export function renderError(report: ErrorReport, host: Host): string[] {
  const next = spellNext(report.next, host);
  return [
    ...printableLines(report.message.trimEnd()),
    ...(report.problems ?? []).map((problem) => `  ${renderProblem(problem)}`),
    ...(next === '' ? [] : [next]),
  ];
}

/** `gameday.yaml:3:5 chapters[0].titel: unknown key (Did you mean title?)`: as much of the place as is known, so that editors can jump there. */
function renderProblem({ file, line, column, path, message, hint }: Problem): string {
  const place = [
    ...(file ? [file] : []),
    ...(line > 0 ? [line] : []),
    ...(line > 0 && column > 0 ? [column] : []),
  ].join(':');
  return printable(
    `${place === '' ? '' : `${place} `}${path === '' ? '' : `${path}: `}${message}${hint ? ` (${hint})` : ''}`,
  );
}
