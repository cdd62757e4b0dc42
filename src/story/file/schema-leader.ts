/** The part of the story's schema that says who leads a cluster. */
import * as v from 'valibot';
import { namesOf } from '../../fault/candidates.ts';
import { INSTANCE_WORDS, type LeaderSpec, openWords, TELLING_WORDS } from '../leader-spec.ts';
import { BY_SHELL, commandLine, commandOf, program } from './schema-command.ts';
import { didYouMean, say } from './schema-messages.ts';
import { about, exactlyOne, list, mapping, oneOrMore } from './schema-shapes.ts';
import { matching, NAME, text } from './schema-terms.ts';

const ONE_WAY =
  'Write `command: [...]` or `shell: "..."` for a program that prints the leader, or `each: [...]` for one that is asked of every instance.';

const braced = (words: readonly string[]) => words.map((word) => `{{${word}}}`).join(', ');

const EachSchema = v.pipe(
  commandLine(BY_SHELL),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const words = openWords(dataset.value);
    const unknown = words.find((word) => !INSTANCE_WORDS.some((known) => known === word));
    if (unknown !== undefined)
      addIssue({
        message: say(
          `{{${unknown}}} is not known here`,
          didYouMean(unknown, INSTANCE_WORDS) ?? `There are ${braced(INSTANCE_WORDS)}.`,
        ),
      });
    else if (!words.some((word) => TELLING_WORDS.some((telling) => telling === word)))
      addIssue({
        message: say(
          'nothing in it tells one instance from another',
          `Write one of ${braced(TELLING_WORDS)} where the instance is meant.`,
        ),
      });
  }),
);

const LeadSchema = v.pipe(
  mapping(
    {
      of: about(
        oneOrMore(
          () => matching(NAME, 'the name of a service'),
          'the name of a service, or a list of them',
          'service',
        ),
        'The services of the cluster: one with several instances, or a list.',
        ['redis', ['etcd0', 'etcd1', 'etcd2']],
      ),
      ...program,
      each: v.optional(
        about(
          EachSchema,
          `A program that is run once for each running instance, with ${braced(INSTANCE_WORDS)} filled in. It ends with 0 for the leader, and for nobody else.`,
          [['docker', 'exec', '{{name}}', 'redis-cli', 'role']],
        ),
      ),
      expect_output: v.optional(
        about(text('a text'), 'With `each`: what it must show as well.', ['master']),
      ),
    },
    'of, command, shell, each, expect_output',
  ),
  exactlyOne(['command', 'shell', 'each'], ONE_WAY),
  v.check(
    (value) => value.expect_output === undefined || value.each !== undefined,
    () => say('"expect_output" means nothing without "each"', 'Take it out.'),
  ),
  v.transform((value): LeaderSpec => {
    const { each, expect_output = null } = value;
    const of = namesOf(value.of);
    return each
      ? { of, ask: 'each', argv: each, expect_output }
      : { of, ask: 'once', command: commandOf(value) };
  }),
);

export const LeaderSchema = about(
  list(LeadSchema, 'clusters'),
  'For `pick: leader`: of each cluster, how its leader is found. Either a program that prints it, or one that is asked of every instance.',
  [
    [{ of: ['etcd0', 'etcd1', 'etcd2'], command: ['sh', 'leader.sh'] }],
    [
      {
        of: 'redis',
        each: ['docker', 'exec', '{{name}}', 'redis-cli', 'role'],
        expect_output: 'master',
      },
    ],
  ],
);
