/** The flags that several commands share, and how a duration is read from one. */
import * as Errors from '@oclif/core/errors';
import * as Flags from '@oclif/core/flags';
import type * as Interfaces from '@oclif/core/interfaces';
import { OWN_CATALOGUE } from '../app/catalogue.ts';
import { type Amount, parseAmount } from '../fault/amount.ts';
import type { FaultKinds } from '../fault/fault-kind.ts';
import { sharedParam } from '../fault/shared-param.ts';
import { formatDuration, parseDuration } from '../terms/duration.ts';
import { type Every, parseEvery } from '../terms/every.ts';

interface DurationLimits extends Record<string, unknown> {
  minMs?: number;
  maxMs?: number;
}

/** `3s`, `1500ms`, `2m`; a bare number means seconds, as people type it after `--countdown`. To milliseconds. */
async function readDuration(
  input: string,
  _context: unknown,
  { minMs = 0, maxMs = Number.POSITIVE_INFINITY }: DurationLimits,
): Promise<number> {
  const durationMs = parseDuration(input) ?? (/^\d+$/.test(input) ? Number(input) * 1000 : null);
  if (durationMs !== null && durationMs >= minMs && durationMs <= maxMs) return durationMs;
  const least = minMs > 0 ? `, at least ${formatDuration(minMs)}` : '';
  const most = maxMs < Number.POSITIVE_INFINITY ? `, at most ${formatDuration(maxMs)}` : '';
  throw new Errors.CLIError(
    `Expected a duration such as 3s, 1500ms or 2m${least}${most}, but received: ${input}`,
  );
}

/** `durationFlag({ description, default: 3000, defaultHelp: '3s' })`. */
export const durationFlag = Flags.custom<number, DurationLimits>({
  parse: readDuration,
  helpValue: 'DURATION',
  multiple: false,
});

async function readEvery(input: string): Promise<Every> {
  const every = parseEvery(input);
  if (every) return every;
  throw new Errors.CLIError(
    `Expected a time such as 60s, or "60s ± 20s" (60s+-20s will do), but received: ${input}`,
  );
}

/** `60s`, `60s ± 20s`. */
export const everyFlag = Flags.custom<Every>({
  parse: readEvery,
  helpValue: 'TIME[±TIME]',
  multiple: false,
});

async function readAmount(input: string): Promise<Amount | 'all'> {
  const amount = input === 'all' ? 'all' : parseAmount(input);
  if (amount !== null) return amount;
  throw new Errors.CLIError(
    `Expected a number such as 2, a share such as 50%, or all, but received: ${input}`,
  );
}

export const amountFlag = Flags.custom<Amount | 'all'>({
  parse: readAmount,
  helpValue: '2|50%|all',
  multiple: false,
});

const COUNTDOWN_MAX_MS = 60_000;
const STACK = 'STACK';

export const placeFlags = {
  story: Flags.file({
    char: 's',
    helpGroup: STACK,
    description: 'story file (default: the nearest gameday.yaml)',
    helpValue: 'FILE',
  }),
  'compose-file': Flags.file({
    helpGroup: STACK,
    multiple: true,
    multipleNonGreedy: true,
    description: 'Compose file; can be given several times',
    helpValue: 'FILE',
  }),
  project: Flags.string({
    char: 'p',
    helpGroup: STACK,
    description: 'name of the Compose project or the Swarm stack',
    helpValue: 'NAME',
  }),
  engine: Flags.option({
    helpGroup: STACK,
    options: OWN_CATALOGUE.engines.map(({ kind }) => kind),
    description: 'what runs the targets',
  })(),
  context: Flags.string({
    helpGroup: STACK,
    description: 'Kubernetes: context of the kubeconfig',
    helpValue: 'NAME',
  }),
  namespace: Flags.string({
    helpGroup: STACK,
    description: 'Kubernetes: namespace whose pods are the targets',
    helpValue: 'NAME',
  }),
  'state-dir': Flags.directory({
    helpGroup: STACK,
    description:
      'state folder (default: .gameday beside the story, or where the stack was started from)',
    helpValue: 'DIR',
  }),
  'allow-remote': Flags.boolean({
    helpGroup: STACK,
    description: 'allow an engine that is not on this machine',
  }),
};

export type PlaceFlagValues = Interfaces.InferredFlags<typeof placeFlags>;

export const waitFlag = {
  wait: Flags.boolean({
    description: 'wait for another command that holds the run, instead of being refused',
  }),
};

export const eventsFlag = {
  events: Flags.string({
    description:
      'append what happens to this file while it happens, a line of JSON each; - for stdout, with the result left out',
    helpValue: 'FILE|-',
  }),
};

export const withinFlag = {
  within: durationFlag({
    description:
      'how long a recovery may take to be verified (default: steady_state.recover_within of the story)',
  }),
};

export const countdownFlag = (description: string) =>
  durationFlag({ description, maxMs: COUNTDOWN_MAX_MS });

export const seedFlag = {
  seed: Flags.integer({
    description: 'makes the random choice repeatable',
    min: 0,
    max: 2 ** 32 - 1,
    helpValue: 'NUMBER',
  }),
};

/** For commands that enter chapters of a story. */
export const overrideFlags = {
  countdown: countdownFlag('count down this long instead of what the story says, 0 to 60s'),
  ...seedFlag,
};

/** `500/s` or `500` to operations a second; `r3`, the id of a run, stays as it is. */
async function readBaseline(input: string): Promise<number | string> {
  if (/^r[1-9]\d*$/.test(input)) return input;
  const rate = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(input)?.[1]);
  if (rate > 0 && rate <= 1_000_000_000) return rate;
  throw new Errors.CLIError(
    `Expected a rate such as 500/s, or an earlier run such as r3, but received: ${input}`,
  );
}

async function readAddress(input: string): Promise<string> {
  const [, port] = /^(?:\[[\da-f:]+\]|[^\s:/]+):(\d{1,5})$/i.exec(input) ?? [];
  if (port !== undefined && Number(port) > 0 && Number(port) <= 65_535) return input;
  throw new Errors.CLIError(`Expected an address such as 127.0.0.1:9464, but received: ${input}`);
}

export const addressFlag = Flags.custom<string>({
  parse: readAddress,
  helpValue: 'HOST:PORT',
  multiple: false,
});

export const baselineFlag = Flags.custom<number | string>({
  parse: readBaseline,
  helpValue: 'RATE|RUN',
  multiple: false,
});

/** A flag for each parameter of these kinds, grouped in the help by family; what a user wrote stays as it is. */
export function paramFlags(kinds: FaultKinds) {
  const names = [...new Set(kinds.flatMap(({ params }) => Object.keys(params)))];
  return Object.fromEntries(
    names.map((name) => {
      const { family, help, example, values } = sharedParam(kinds, name);
      const flag = Flags.string({
        helpGroup: family.toUpperCase(),
        description: help,
        helpValue: values ? values.join('|') : example,
      });
      return [name, flag] as const;
    }),
  );
}
