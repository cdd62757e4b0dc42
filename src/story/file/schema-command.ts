/** The part of the story's schema that is about programs: arguments as a list or as one text, or a line for a shell where the story says so. */
import { parseArgsStringToArgv } from 'string-argv';
import * as v from 'valibot';
import type { Command } from '../../terms/command.ts';
import { expected, say } from './schema-messages.ts';
import { about } from './schema-shapes.ts';
import { text } from './schema-terms.ts';

/** A word of a command or a value of an environment: numbers and booleans count as they are written. */
export const WordSchema = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], expected('a text, a number, true or false')),
  v.transform(String),
);

const NEEDS_SHELL = /[|&;<>$`\\*]/;

/** A program and its arguments: a list goes to the system as it is, a text is split as a shell splits words. To the list. */
export function commandLine(hint: string) {
  const message = expected('a list [program, argument, ...] or one text', hint);
  const line = v.pipe(
    text('a program and its arguments'),
    v.check(
      (value) => !/['"]/.test(unquoted(value)),
      () =>
        say(
          'a quote is not closed',
          'Close it, or write the command as a list: [program, argument, ...].',
        ),
    ),
    v.check(
      (value) => !NEEDS_SHELL.test(unquoted(value)),
      (issue) =>
        say(
          `${NEEDS_SHELL.exec(unquoted(issue.input as string))?.[0]} means nothing here: a text is split into words, and no shell sees it`,
          `Put it into quotes, or: ${hint}`,
        ),
    ),
  );
  const words = v.pipe(
    v.array(WordSchema),
    v.minLength(1, () => say('the program is missing', 'Write [program, argument, ...].')),
  );
  return v.pipe(
    v.union([words, line], message),
    v.transform((value) => (typeof value === 'string' ? parseArgsStringToArgv(value) : value)),
    v.check(
      (argv) => argv[0] !== undefined && argv[0].trim() !== '',
      () => say('the program has no name', hint),
    ),
  );
}

/** What is left of a command when its quoted parts and `{{key|base64}}` are taken out; a $ or backtick counts within double quotes, too. */
function unquoted(line: string): string {
  return line
    .replaceAll(/\{\{[\w|]*\}\}/g, '')
    .replaceAll(/'[^']*'/g, '')
    .replaceAll(/"([^"]*)"/g, (_, inner: string) => inner.replaceAll(/[^$`\\]/g, ''));
}

export const BY_SHELL = 'Write `shell: "..."` where a shell is meant.';
export const ONE_PROGRAM = 'Write either `command: [program, argument, ...]` or `shell: "..."`.';

export const program = {
  command: v.optional(
    about(commandLine(BY_SHELL), 'Program and arguments. No shell sees them.', [
      ['node', 'leader.js'],
    ]),
  ),
  shell: v.optional(about(text('a line for sh -c'), 'A line for `sh -c`.')),
};

/** After `exactlyOne`, one of the two is there. */
export function commandOf(value: {
  command?: string[] | undefined;
  shell?: string | undefined;
}): Command {
  return value.command ? { argv: value.command } : { shell: value.shell as string };
}
