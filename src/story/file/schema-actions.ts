/**
 * The part of the story's schema for what a chapter does: one action in each list item. What a fault takes is in
 * `schema-inject.ts`, what a probe takes in `schema-probe.ts`.
 */
import * as v from 'valibot';
import type { FaultKinds } from '../../fault/fault-kind.ts';
import type { Action } from '../story.ts';
import { BY_SHELL, commandLine, commandOf, ONE_PROGRAM, program } from './schema-command.ts';
import { injectSchema } from './schema-inject.ts';
import { expected } from './schema-messages.ts';
import { ProbeSchema } from './schema-probe.ts';
import { about, exactlyOne, mapping } from './schema-shapes.ts';
import { duration, matching, one, text } from './schema-terms.ts';

const RUN_TIMEOUT_MS = 60_000;

const RunSchema = about(
  v.union(
    [
      commandLine(BY_SHELL),
      v.pipe(
        mapping(
          {
            ...program,
            timeout: v.optional(
              about(duration({ minMs: 1 }), 'The program is ended after this long.'),
              '1m',
            ),
          },
          'command or shell, timeout',
        ),
        exactlyOne(['command', 'shell'], ONE_PROGRAM),
      ),
    ],
    expected(
      'a list [program, argument, ...], one text, or { command: [...], timeout: 2m }',
      BY_SHELL,
    ),
  ),
  'Runs a program; it must end with exit code 0.',
  [['node', 'load.js'], { command: ['node', 'load.js'], timeout: '5m' }],
);

const ACTIONS = [
  'inject',
  'recover',
  'workload',
  'probe',
  'detect',
  'diagnose',
  'run',
  'shell',
  'wait',
] as const;
const ONE_KEY = 'Make a list item of each: they happen in their order.';

export const actionSchema = (kinds: FaultKinds) =>
  about(
    v.pipe(
      mapping(
        {
          inject: v.optional(injectSchema(kinds)),
          recover: v.optional(
            about(
              matching(
                /^(?:all|[fs][1-9]\d{0,8})$/,
                'all, or the id of a fault such as f1, or of a schedule such as s1',
                'Write `recover: all` for every live fault.',
              ),
              'Undoes every live fault, last in first out, or the one with this id.',
              ['all', 'f1'],
            ),
          ),
          workload: v.optional(
            about(
              one(['start', 'stop'], 'what to do with the workload'),
              'Starts or stops the workload of the story.',
            ),
          ),
          probe: v.optional(ProbeSchema),
          detect: v.optional(
            about(
              v.union(
                [duration({ minMs: 100 }), v.literal(true)],
                expected('true, or a duration such as 10s', (value) =>
                  typeof value === 'number' ? `Write ${value}s for seconds.` : null,
                ),
              ),
              'Waits at most this long (true: 10s) until something notices the live faults, and says what and when.',
              [true, '10s'],
            ),
          ),
          diagnose: v.optional(
            about(
              v.literal(true, expected('true')),
              'Collects and shows the evidence on the live faults.',
            ),
          ),
          run: v.optional(RunSchema),
          shell: v.optional(
            about(
              text('a line for sh -c'),
              'Runs a line with `sh -c`; it must end with exit code 0.',
            ),
          ),
          wait: v.optional(about(duration(), 'Waits.', ['5s'])),
        },
        `one of ${ACTIONS.join(', ')}`,
      ),
      exactlyOne(ACTIONS, ONE_KEY),
      v.transform((value): Action => {
        if (value.inject) return { do: 'inject', inject: value.inject };
        if (value.recover) return { do: 'recover', fault: value.recover };
        if (value.workload) return { do: 'workload', to: value.workload };
        if (value.probe) return { do: 'probe', probe: value.probe };
        if (value.detect !== undefined)
          return { do: 'detect', within_ms: value.detect === true ? 10_000 : value.detect };
        if (value.diagnose) return { do: 'diagnose' };
        if (value.shell !== undefined)
          return { do: 'run', command: { shell: value.shell }, timeout_ms: RUN_TIMEOUT_MS };
        if (value.wait !== undefined) return { do: 'wait', delay_ms: value.wait };
        const run = value.run as NonNullable<typeof value.run>;
        return Array.isArray(run)
          ? { do: 'run', command: { argv: run }, timeout_ms: RUN_TIMEOUT_MS }
          : { do: 'run', command: commandOf(run), timeout_ms: run.timeout };
      }),
    ),
    'One thing that the chapter does; exactly one key.',
  );
