/** What kinds of load share: how much, over how many connections, how long an operation may take, and what is drawn for each. */
import * as v from 'valibot';
import { leavesOpen } from '../../../terms/placeholders.ts';
import type { DrawSpec, PaceSpec } from '../../workload-spec.ts';
import { say } from '../schema-messages.ts';
import { about, list, mapping, notBeside } from '../schema-shapes.ts';
import { duration, MAX_SEED, one, rate, wholeNumber } from '../schema-terms.ts';

const BALANCES = ['round_robin', 'failover'] as const;
const KEYS = 10_000;
/** Where each write should find a key of its own for a good while. */
const KEYS_TO_VERIFY = 100_000;

const RampSchema = v.pipe(
  mapping(
    {
      to: about(rate(), 'The rate at its end.', ['500/s']),
      over: about(duration({ minMs: 1 }), 'How long it takes to get there.', ['30s']),
    },
    'to, over',
  ),
  v.transform(({ to, over }) => ({ to, over_ms: over })),
);

export const pace = {
  rate: v.optional(
    about(rate(), 'Operations a second or minute, issued whether or not earlier ones came back.', [
      '500/s',
      '30000/m',
    ]),
    '100/s',
  ),
  ramp: v.optional(
    about(
      v.pipe(
        list(RampSchema, 'ramps ({ to: 500/s, over: 30s })'),
        v.minLength(1, 'needs at least one ramp'),
      ),
      'Changes of the rate, one after the other, each of them linear. The last rate holds, and is what faults are compared with.',
      [[{ to: '500/s', over: '30s' }]],
    ),
  ),
  connections: v.optional(
    about(wholeNumber(1, 10_000), 'Connections kept open, to each target.'),
    10,
  ),
  timeout: v.optional(
    about(duration({ minMs: 1 }), 'An operation that takes longer counts as failed.'),
    '2s',
  ),
  max_in_flight: v.optional(
    about(wholeNumber(1, 1_000_000), 'Operations beyond it are dropped, and counted as dropped.'),
    1000,
  ),
  balance: v.optional(
    about(
      one(BALANCES, 'a way to use several targets'),
      'round_robin: each in turn. failover: one of them until it fails, then the next, as a client with several addresses has it.',
    ),
    'round_robin',
  ),
};

export const PACE_KEYS = 'rate, ramp, connections, timeout, max_in_flight, balance';

export const draw = {
  keys: v.optional(
    about(
      wholeNumber(1, 100_000_000),
      `How many keys there are: {{key}} is a number from 0 to one less. Default: ${KEYS}, or ${KEYS_TO_VERIFY} with verify.`,
    ),
  ),
  seed: v.optional(
    about(wholeNumber(0, MAX_SEED), 'Makes the sequence of operations and keys repeatable.'),
  ),
};

interface PaceInput {
  rate: number;
  ramp?: { to: number; over_ms: number }[] | undefined;
  connections: number;
  timeout: number;
  max_in_flight: number;
  balance: PaceSpec['balance'];
}

export function paceOf(value: PaceInput): PaceSpec {
  const { rate: perSecond, ramp = [], connections, timeout, max_in_flight, balance } = value;
  return { rate: perSecond, ramp, connections, timeout_ms: timeout, max_in_flight, balance };
}

/** The keys of a kind that speaks a protocol, made from what one operation is in its words. `short`: the keys of a mix of one. */
export function mixKeys<const Entries extends v.ObjectEntries, Operation>(
  entries: Entries,
  keys: string,
  toOperation: (value: v.InferOutput<v.ObjectSchema<Entries, undefined>>) => Operation,
) {
  const OperationSchema = v.pipe(
    mapping(entries, keys),
    v.transform((value) => toOperation(value as never)),
  );
  const WeightedSchema = v.pipe(
    mapping(
      {
        ...entries,
        weight: v.optional(
          about(wholeNumber(1, 1_000_000), 'How often, compared with the others.'),
          1,
        ),
      },
      `weight, ${keys}`,
    ),
    v.transform((value) => ({
      ...toOperation(value as never),
      weight: (value as { weight: number }).weight,
    })),
  );
  const help =
    '{{key}} becomes a number, {{value}} another number for every write; {{key|base64}} and {{value|base64}} are the same for what takes base64.';
  return {
    mix: v.optional(
      about(
        v.pipe(list(WeightedSchema, 'operations'), v.minLength(1, 'needs at least one operation')),
        `Operations, drawn by their weights. ${help}`,
      ),
    ),
    setup: v.optional(
      about(
        list(OperationSchema, 'operations'),
        'Done in this order before the load begins; one with {{key}} is done for every key.',
      ),
      [],
    ),
    verify: v.optional(
      about(
        v.pipe(
          mapping(
            {
              read: about(
                OperationSchema,
                'Reads back what was written to {{key}}; all writes of the mix write that, and nothing else in it takes it away.',
              ),
              within: v.optional(
                about(
                  duration({ minMs: 1 }),
                  'How long a store that does not answer is waited for; what is then unread is no loss.',
                ),
                '30s',
              ),
            },
            'read, within',
          ),
          v.transform(({ read, within }) => ({ read, within_ms: within })),
        ),
        'Every acknowledged write ({{value}}) is read back when the load ends; lost and stale ones are counted and named, and are exit code 8.',
      ),
    ),
    ...draw,
  };
}

export const MIX_KEYS = `mix, setup, verify, keys, seed, ${PACE_KEYS}`;

interface MixInput<Operation> extends PaceInput {
  mix?: (Operation & { weight: number })[] | undefined;
  setup: Operation[];
  verify?: { read: Operation; within_ms: number } | undefined;
  keys?: number | undefined;
  seed?: number | undefined;
}

/** `only`: what the keys of a mix of one say. */
export function mixOf<Operation>(value: MixInput<Operation>, only: () => Operation) {
  const { mix, setup, verify = null, keys = verify ? KEYS_TO_VERIFY : KEYS, seed = null } = value;
  const drawn: DrawSpec = { keys, seed };
  return { mix: mix ?? [{ ...only(), weight: 1 }], setup, verify, ...drawn, ...paceOf(value) };
}

/** What the keys of a mix of one stand for cannot be said twice. */
export function eitherMixOr<Value>(short: readonly string[]) {
  return notBeside<Value>({ mix: short }, 'Write it in the operations of the mix.');
}

interface Verified<Operation> {
  mix: readonly Operation[];
  verify: { read: Operation } | null;
}

/** With `verify`, there is something that can be read back. `textsOf`: where an operation can leave something open. */
export function verifiable<Operation, Spec extends Verified<Operation>>(
  textsOf: (operation: Operation, spec: Spec) => readonly string[],
) {
  const problem = (spec: Spec): string | null => {
    const { mix, verify } = spec;
    const open = (operation: Operation, of: 'key' | 'value') =>
      leavesOpen(textsOf(operation, spec), of);
    if (!verify) return null;
    if (!open(verify.read, 'key'))
      return say('the read does not say which key', 'Write {{key}} where the key goes.');
    if (open(verify.read, 'value'))
      return say(
        '{{value}} means nothing in a read',
        'Take it out: what is read is compared with it.',
      );
    if (mix.some((each) => open(each, 'key') && open(each, 'value'))) return null;
    return say(
      'there is no write that could be read back',
      'Write an operation with {{key}} and {{value}} in it.',
    );
  };
  return v.rawCheck<Spec>(({ dataset, addIssue }) => {
    const { value } = dataset;
    const message = dataset.typed ? problem(dataset.value) : null;
    if (message === null) return;
    const input = value as never;
    addIssue({
      message,
      path: [
        { type: 'object', origin: 'value', input, key: 'verify', value: (value as Spec).verify },
      ],
    });
  });
}
