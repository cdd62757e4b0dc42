/** What can happen on a stack while its faults live, and random sequences of it. */
import fc from 'fast-check';

/** SIGKILL so long after the process has begun, or after the first thing that it wrote into the journal. */
export interface Death {
  after: 'start' | 'event';
  ms: number;
}

/** `which`: of the instances, by their order; one more than there are counts from the front again. */
export interface Meddling {
  do: 'meddle';
  how: string;
  which: number;
}

interface Halt {
  do: 'halt';
  killed: Death | null;
}

/** By SIGKILL. */
interface Kill {
  do: 'kill';
  whom: 'watchdog' | 'standby' | 'both';
}

/** What somebody else does while a command is at work: so long after it wrote its first event. */
export interface Meanwhile {
  step: Meddling | Halt | Kill;
  ms: number;
}

export type Step =
  | {
      do: 'inject';
      kind: string;
      args: readonly string[];
      target: string;
      /** `2s`; null: what the kind has. */
      duration: string | null;
      killed: Death | null;
      meanwhile: Meanwhile | null;
    }
  /** `which`: of the live faults, oldest first; null: all. */
  | { do: 'recover'; which: number | null; killed: Death | null; meanwhile: Meanwhile | null }
  | Meddling
  | Halt
  | Kill
  | { do: 'wait'; ms: number };

export interface Possible {
  /** Arguments of each kind that the engine has. */
  kinds: Readonly<Record<string, fc.Arbitrary<readonly string[]>>>;
  targets: readonly string[];
  /** What somebody else does to the instances by hand. */
  meddlings: readonly string[];
}

const deaths: fc.Arbitrary<Death | null> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  {
    weight: 2,
    arbitrary: fc.record({ after: fc.constant('event' as const), ms: fc.nat({ max: 600 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ after: fc.constant('start' as const), ms: fc.nat({ max: 3000 }) }),
  },
);

/** Sequences of one to so many steps. */
export function sequences(
  { kinds, targets, meddlings }: Possible,
  maxLength: number,
): fc.Arbitrary<Step[]> {
  const meddling: fc.Arbitrary<Meddling> = fc.record({
    do: fc.constant('meddle' as const),
    how: fc.constantFrom(...meddlings),
    which: fc.nat({ max: targets.length - 1 }),
  });
  const halt: fc.Arbitrary<Halt> = fc.record({ do: fc.constant('halt' as const), killed: deaths });
  const kill: fc.Arbitrary<Kill> = fc.record({
    do: fc.constant('kill' as const),
    whom: fc.constantFrom('watchdog', 'standby', 'both'),
  });
  const meanwhile: fc.Arbitrary<Meanwhile | null> = fc.option(
    fc.record({ step: fc.oneof(meddling, halt, kill), ms: fc.nat({ max: 600 }) }),
    { freq: 5 },
  );
  const inject = fc.oneof(
    ...Object.entries(kinds).map(([kind, args]) =>
      fc.record({
        do: fc.constant('inject' as const),
        kind: fc.constant(kind),
        args,
        target: fc.constantFrom(...targets),
        duration: fc.constantFrom(null, null, null, '2s', '4s'),
        killed: deaths,
        meanwhile,
      }),
    ),
  );
  const recover = fc.record({
    do: fc.constant('recover' as const),
    which: fc.option(fc.nat({ max: 3 }), { freq: 3 }),
    killed: deaths,
    meanwhile,
  });
  const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 2500 }) });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: inject },
    { weight: 4, arbitrary: recover },
    { weight: 5, arbitrary: meddling },
    { weight: 1, arbitrary: halt },
    { weight: 2, arbitrary: kill },
    { weight: 1, arbitrary: wait },
  );
  return fc.array(step, { minLength: 1, maxLength });
}

/** As a person would type it, for reports of failures. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'inject':
      return `inject ${[step.kind, step.target, ...step.args].join(' ')}${step.duration ? ` --duration ${step.duration}` : ''}${fate(step)}`;
    case 'recover':
      return `recover ${step.which === null ? 'all' : `live fault ${step.which}`}${fate(step)}`;
    case 'meddle':
      return `somebody: ${step.how} instance ${step.which}`;
    case 'halt':
      return `halt${fate({ ...step, meanwhile: null })}, resume`;
    case 'kill':
      return `SIGKILL of ${step.whom === 'both' ? 'watchdog and standby' : `the ${step.whom}`}`;
    case 'wait':
      return `wait ${step.ms} ms`;
  }
}

function fate({
  killed,
  meanwhile,
}: {
  killed: Death | null;
  meanwhile: Meanwhile | null;
}): string {
  const at = killed?.after === 'start' ? 'its start' : 'its first event';
  const death = killed ? `, SIGKILL ${killed.ms} ms after ${at}` : '';
  const beside = meanwhile
    ? `; ${meanwhile.ms} ms after its first event: ${describeStep(meanwhile.step)}`
    : '';
  return death + beside;
}
