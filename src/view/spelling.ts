/** How commands of ours are written out, so that what a person reads can be typed where it stands. Pure. */
import { printable } from './printable.ts';

/** Who is spoken to in which words. */
export interface Host {
  /** `gameday`, `sf`. */
  bin: string;
  /** Between topic and verb there, a space or a colon. */
  separator: string;
  /** What was typed to say which stack is meant: added to each command that does not say it. */
  place?: readonly PlaceWords[];
}

export interface PlaceWords {
  /** `--project` and what else the flag is called. */
  flag: readonly string[];
  /** `--project shop`, as a shell takes it. */
  words: string;
}

/** The topics that commands of ours begin with; a sentence never begins with one of them in lower case. */
const COMMAND = /^(chapter|fault|workload|story)[ :](?=[a-z])/;
/** They are about no stack. */
const PLACELESS = /^(fault[ :]kinds|story[ :]completion)\b| --help$/;

/** What to do next, as a line: a command becomes "Next: `gameday fault recover`", a sentence stays one. Empty where there is none. */
export function spellNext(next: string, host: Host): string {
  const text = printable(next).replace(/ {2,}/g, ' ').trim();
  if (COMMAND.test(text)) return `Next: \`${spellCommand(text, host)}\``;
  return spellCommands(text, host);
}

/** Commands of ours that stand in backticks in a sentence, as the host has them typed. */
export function spellCommands(text: string, host: Host): string {
  return text.replace(/`([^`]+)`/g, (quoted, words: string) =>
    COMMAND.test(words) ? `\`${spellCommand(words, host)}\`` : quoted,
  );
}

function spellCommand(words: string, { bin, separator, place = [] }: Host): string {
  const said = words.split(/[ =]/);
  const missing = PLACELESS.test(words)
    ? []
    : place.filter(({ flag }) => !flag.some((each) => said.includes(each)));
  const typed = words.replace(COMMAND, (_match, topic: string) => topic + separator);
  return [bin, typed, ...missing.map((each) => each.words)].join(' ');
}
