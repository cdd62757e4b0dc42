/**
 * A refusal or an error as a person reads it: what was refused, each problem of a story with its place, and what to
 * type next, spelled the way the host CLI spells commands. Pure.
 */
import type { ErrorReport, Problem } from '../terms/outcomes.ts';
import { printable, printableLines } from './printable.ts';

/** The topics that commands of ours begin with; a sentence never begins with one of them in lower case. */
const COMMAND = /^(chapter|fault|workload|story)[ :](?=[a-z])/;

/** `bin`: of the host (`gameday`, `sf`). `separator`: between topic and verb there, a space or a colon. */
export function renderError(report: ErrorReport, bin: string, separator: string): string[] {
  const next = spellNext(report.next, bin, separator);
  return [
    ...printableLines(report.message.trimEnd()),
    ...(report.problems ?? []).map((problem) => `  ${renderProblem(problem)}`),
    ...(next === '' ? [] : [next]),
  ];
}

/** What to do next, as a line: a command becomes "Next: `gameday fault recover`", a sentence stays one. Empty where there is none. */
export function spellNext(next: string, bin: string, separator: string): string {
  const text = printable(next).replace(/ {2,}/g, ' ').trim();
  if (COMMAND.test(text)) return `Next: \`${spellCommand(text, bin, separator)}\``;
  return spellCommands(text, bin, separator);
}

/** Commands of ours that stand in backticks in a sentence, as the host has them typed. */
export function spellCommands(text: string, bin: string, separator: string): string {
  return text.replace(/`([^`]+)`/g, (quoted, words: string) =>
    COMMAND.test(words) ? `\`${spellCommand(words, bin, separator)}\`` : quoted,
  );
}

function spellCommand(words: string, bin: string, separator: string): string {
  return `${bin} ${words.replace(COMMAND, (_match, topic: string) => topic + separator)}`;
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
