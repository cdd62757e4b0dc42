/**
 * Breaking something: countdown, second look, intent, deed, fact, in this order and no other.
 * Until the intent is on disk nothing has been touched and everything can be cancelled; from then on the deed is
 * carried through, whatever signal comes, so that the journal can say what became of it.
 */
import type { Effect } from '../fault/effect.ts';
import type { Left } from '../fault/guards.ts';
import { type InstanceRow, label } from '../fault/instance.ts';
import { haltRefusal } from '../run/halt.ts';
import type { Step, StepId } from '../run/progress.ts';
import { type Fault, isProbed, liveFaults } from '../run/run.ts';
import { recordedInject } from '../run/scheduled-inject.ts';
import { alertsOf, type HypothesisItem } from '../story/hypothesis-spec.ts';
import type { InjectSpec } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import { askBeforeInject } from './before-inject.ts';
import { carryOut, faultOf } from './carry-out.ts';
import { type Chosen, choose, chooseClosely } from './choose.ts';
import { countdown } from './countdown.ts';
import { mark } from './mark.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { checkProbes } from './probe.ts';
import { recover } from './recover.ts';
import { checkedEvent, itemsNow } from './steady-state.ts';
import { countdownStep, injectStep } from './steps.ts';

export interface InjectRequest {
  spec: InjectSpec;
  /** The chapter that asks, or null. */
  chapter: string | null;
  /** What its steps are parts of, unique within the command. */
  step: StepId;
  /** Also into a stack whose steady state is not met. */
  force: boolean;
  /** The schedule whose turn it is, if it is not the first. */
  schedule?: string;
}

/** The steps that an injection announces before it begins. */
export function injectSteps({ spec, step }: Pick<InjectRequest, 'spec' | 'step'>): Step[] {
  const inject = injectStep(step, 'planned', spec);
  if (spec.countdown_ms === 0) return [inject];
  return [countdownStep(step, 'planned', spec, [], spec.countdown_ms), inject];
}

/** Resolves to the fault as it stands in the journal. Throws Refusal, EngineError, or the signal's reason. */
export async function* inject(
  ports: RunnerPorts,
  request: InjectRequest,
  signal: AbortSignal,
): Stream<Fault> {
  const { spec, step } = request;
  const seed = spec.seed ?? ports.drawSeed();
  const clockSkewMs = Date.parse(await ports.engine.clock()) - ports.now();
  const { repeat, duration_ms } = spec;
  await ports.claim(duration_ms === null ? null : (repeat?.for_ms ?? 0) + duration_ms);
  if (!request.force) yield* refuseSickStack(ports, signal);
  // There before the fault is, so that its start takes nothing from the fault's limit, nor from the time to what notices it.
  const expected = expectedOf(ports, request.chapter);
  const isObserved = expected.length > 0;
  const isLimited = spec.duration_ms !== null;
  if (watchedOf(ports).watched || isLimited || isObserved) await ports.arm();
  // So that one that fires already is not taken for one that the fault set off.
  const alerts = alertsOf(expected);
  if (alerts.length > 0) await ports.measure.awaitLooks(alerts, signal);
  yield* askBeforeInject(ports, request, seed, signal);
  const look = () => chooseClosely(ports, spec, seed, signal);
  let said = '';
  const say = function* (rows: readonly InstanceRow[], left: Left[], under: string) {
    const targets = rows.map(label);
    const about = { about: 'targets', doing: spec.words.doing, targets, left } as const;
    if (JSON.stringify(about) === said) return;
    said = JSON.stringify(about);
    yield { type: 'evidence', id: [...step, under], evidence: about } as const;
  };
  let chosen: Chosen;
  if (spec.countdown_ms > 0) {
    const seen = await choose(ports, spec, seed, signal);
    yield* say(seen.chosen, seen.left, 'countdown');
    chosen = yield* countdown(ports, request, seen.chosen, look, signal);
  } else chosen = await look();
  const targets = chosen.targets.map(label);
  yield injectStep(step, 'running', spec, { targets });
  yield* say(chosen.targets, chosen.left, 'inject');
  signal.throwIfAborted();

  yield* mark(ports, 'fault', chosen.marked);
  const halt = ports.halted();
  if (halt) throw haltRefusal(halt);
  const schedule = request.schedule ?? (yield* beginSchedule(ports, request, seed));
  const id = yield* recordIntent(ports, request, chosen, { seed, clockSkewMs, schedule });
  if (isLimited || isObserved || isGuarded(ports) || isProbed(currentRun(ports)))
    yield* arm(ports, request, id, targets);
  yield* carryOut(ports, id, chosen.targets, request);
  if (spec.ends === 'at_once')
    yield* recover(
      ports,
      { faults: [faultOf(ports, id)], within_ms: null, by: 'command', step, aborts: true },
      signal,
    );
  return faultOf(ports, id);
}

/** Before its first fault: a command that dies in between has begun it all the same. Resolves to its id; null: nothing is repeated. */
async function* beginSchedule(
  ports: RunnerPorts,
  { spec, chapter, force }: InjectRequest,
  seed: number,
): Stream<string | null> {
  const { repeat, duration_ms } = spec;
  if (!repeat || duration_ms === null) return null;
  const schedule = `s${currentRun(ports).schedule_count + 1}`;
  yield record(ports, {
    type: 'schedule.started',
    schedule,
    chapter,
    inject: recordedInject({ ...spec, duration_ms }),
    ...repeat,
    ends_at: new Date(ports.now() + repeat.for_ms).toISOString(),
    seed,
    force,
  });
  return schedule;
}

/** From here on the fault is live. Resolves to its id. */
async function* recordIntent(
  ports: RunnerPorts,
  { spec, chapter }: InjectRequest,
  { targets, effects, left, before }: Chosen,
  { seed, clockSkewMs, schedule }: { seed: number; clockSkewMs: number; schedule: string | null },
): Stream<string> {
  const fault = `f${currentRun(ports).fault_count + 1}`;
  const now = ports.now();
  const { abort_if } = ports.story;
  yield record(ports, {
    type: 'fault.injecting',
    fault,
    kind: spec.kind,
    params: spec.params,
    effects: targets.map((target, index) => ({ target, effect: effects[index] as Effect })),
    words: spec.words,
    before,
    left,
    engine_time: new Date(now + clockSkewMs).toISOString(),
    deadline: spec.duration_ms === null ? null : new Date(now + spec.duration_ms).toISOString(),
    chapter,
    seed: spec.pick.by === 'random' ? seed : null,
    ...(abort_if.length > 0 && { abort_if }),
    ...(expectedOf(ports, chapter).length > 0 && { observed: true }),
    ...(schedule !== null && { schedule }),
    ...watchedOf(ports),
  });
  return fault;
}

/** What is broken on a stack that is sick already proves nothing. Under a live fault it is known to be, and somebody wants both. */
async function* refuseSickStack(ports: RunnerPorts, signal: AbortSignal): Stream<void> {
  if (liveFaults(currentRun(ports)).length > 0) return;
  const probes = await checkProbes(ports, signal);
  const thresholds = await ports.measure.checkSteadyState();
  const sick = [
    ...thresholds.filter((check) => check.measured !== null && !check.met),
    ...probes.filter((check) => !check.met).map(({ text }) => ({ text: `probe ${text}` })),
  ];
  const next = `f${currentRun(ports).fault_count + 1}`;
  const fault = sick.length === 0 ? next : null;
  const checked = checkedEvent(ports, 'before', fault, itemsNow(thresholds, probes));
  if (checked) yield checked;
  if (sick.length === 0) return;
  const what = sick.map((check) => check.text).join('; ');
  throw new Refusal(
    'sick_stack',
    `The steady state is not met before the fault: ${what}.`,
    'Wait until it is, or break it all the same with `fault inject --force`.',
  );
}

/** Whether somebody has to look out for a condition that ends the fault. */
function isGuarded(ports: RunnerPorts): boolean {
  const { workload } = currentRun(ports);
  return ports.story.abort_if.length > 0 && workload !== null && !workload.simulated;
}

/** What the chapter expects of its faults, which somebody has to observe then. */
function expectedOf({ story }: RunnerPorts, chapter: string | null): readonly HypothesisItem[] {
  return story.chapters.find(({ id }) => id === chapter)?.hypothesis ?? [];
}

/** The probes of the steady state, for the events from which on the watchdog looks at them. */
export function watchedOf({ story }: RunnerPorts): { watched?: string[] } {
  const { probes } = story.steady_state;
  return probes.length > 0 ? { watched: probes.map(({ name }) => name) } : {};
}

/** Has the watchdog guard limit and conditions, and look, before the deed; a limit that nobody guards is no limit, so then nothing is broken. */
async function* arm(
  ports: RunnerPorts,
  { spec, step }: InjectRequest,
  fault: string,
  targets: string[],
): Stream<void> {
  try {
    await ports.arm();
  } catch (error) {
    const { message } = error as Error;
    yield record(ports, {
      type: 'fault.recovered',
      fault,
      outcome: 'never_happened',
      reason: message,
      took_ms: 0,
    });
    const failed = injectStep(step, 'failed', spec, { targets, fault, changed: 'nothing' });
    yield { ...failed, error: { message, interrupted: false } };
    throw error;
  }
}
