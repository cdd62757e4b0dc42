/** `kind: command`: a load generator of somebody else, whose output says how far it is. */
import * as v from 'valibot';
import { THROUGHPUT_PATTERNS, throughputPattern } from '../../throughput-patterns.ts';
import type { CommandSpec } from '../../workload-spec.ts';
import { BY_SHELL, commandOf, ONE_PROGRAM, program } from '../schema-command.ts';
import { say } from '../schema-messages.ts';
import { about, exactlyOne, mapping } from '../schema-shapes.ts';
import { duration, text } from '../schema-terms.ts';

const KNOWN_PROGRAMS = Object.keys(THROUGHPUT_PATTERNS).join(', ');
const PATTERN_HINT = `Put the figure into brackets: "([0-9.]+) ops/s", or name one of ${KNOWN_PROGRAMS}.`;

const SetupSchema = v.pipe(
  mapping(
    {
      ...program,
      timeout: v.optional(about(duration({ minMs: 1 }), 'How long it may take.'), '10m'),
    },
    'command or shell, timeout',
  ),
  exactlyOne(['command', 'shell'], ONE_PROGRAM, BY_SHELL),
  v.transform((value) => ({ command: commandOf(value), timeout_ms: value.timeout })),
);

export const CommandLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('command'),
      ...program,
      pattern: about(
        v.pipe(
          text('a regular expression with one group, such as "([0-9.]+) ops/s"'),
          v.check(
            (pattern) => throughputPattern(pattern) !== null,
            () =>
              say(
                'this is no regular expression with a group, and no program whose output is known',
                PATTERN_HINT,
              ),
          ),
        ),
        `A regular expression for its output, whose first group is the operations a second, or the program's name: ${KNOWN_PROGRAMS}.`,
        ['OPS: ([0-9.]+)', 'k6'],
      ),
      setup: v.optional(
        about(SetupSchema, 'A program that is run once before, such as one that loads the data.', [
          { command: ['./go-ycsb', 'load', 'tikv'] },
        ]),
      ),
    },
    'kind, command or shell, pattern, setup',
  ),
  exactlyOne(['command', 'shell'], ONE_PROGRAM, BY_SHELL),
  v.transform(
    (value): CommandSpec => ({
      kind: 'command',
      command: commandOf(value),
      pattern: value.pattern,
      setup: value.setup ?? null,
    }),
  ),
);
