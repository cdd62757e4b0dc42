/** The part of the story's schema that names programs to be run when something happens. Checking a story runs none of them. */
import * as v from 'valibot';
import type { HookSpec, Hooks } from '../outlet-spec.ts';
import { commandOf, ONE_PROGRAM, program } from './schema-command.ts';
import { about, exactlyOne, mapping } from './schema-shapes.ts';
import { duration } from './schema-terms.ts';

const LONGEST_MS = 5 * 60_000;

const HookSchema = v.pipe(
  mapping(
    {
      ...program,
      timeout: v.optional(
        about(
          duration({ minMs: 100, maxMs: LONGEST_MS }),
          'After this long it is ended, and counts as failed. Default: 10s.',
        ),
        '10s',
      ),
    },
    'command or shell, timeout',
  ),
  exactlyOne(['command', 'shell'], ONE_PROGRAM),
  v.transform((hook): HookSpec => ({ command: commandOf(hook), timeout_ms: hook.timeout })),
);

const hook = (when: string) => v.optional(about(HookSchema, when));

export const HooksSchema = about(
  v.pipe(
    mapping(
      {
        before_inject: hook(
          'Before each fault and its countdown. Anything but exit code 0 in time refuses the fault, and nothing is changed.',
        ),
        after_inject: hook('When a fault is in force.'),
        after_recover: hook('When a fault is recovered, or closed.'),
        on_deviation: hook('When a chapter has deviated.'),
        on_abort: hook('When a condition of abort_if ends the faults.'),
      },
      'before_inject, after_inject, after_recover, on_deviation, on_abort',
    ),
    v.transform((hooks) => hooks as Hooks),
  ),
  'Programs that are run when something happens, with that as JSON on stdin. But for before_inject nothing waits for them.',
  [{ before_inject: { command: ['./may-we.sh'], timeout: '5s' } }],
);
