/** The actions of a chapter, each as a stream: one case a kind of action. Injecting and recovering stand in files of their own. */

import { label } from '../fault/instance.ts';
import type { Reference } from '../impact/abort-condition.ts';
import type { Found, WorkloadFound } from '../run/found.ts';
import type { ActionNow, Step, StepId } from '../run/progress.ts';
import { faultsMeant } from '../run/run.ts';
import { schedulesMeant } from '../run/schedules.ts';
import type { Action, Chapter, Story } from '../story/story.ts';
import { programName } from '../terms/command.ts';
import { errorReport, Refusal } from '../terms/outcomes.ts';
import { detect, diagnose } from './evidence.ts';
import { injectSteps, watchedOf } from './inject.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { probe } from './probe.ts';
import { recover } from './recover.ts';
import { endSchedules, injectFirst } from './schedule.ts';
import { foundOf, stopWorkload } from './stop-workload.ts';

const OUTPUT_LINES = 10;
export const START: Extract<Action, { do: 'workload' }> = { do: 'workload', to: 'start' };

type PlainAction = Exclude<Action, { do: 'inject' }>;

function stepOf({ id }: Chapter, index: number): StepId {
  return [id, index];
}

/** The steps that an action announces before it begins. */
export function plannedSteps(chapter: Chapter, action: Action, index: number): Step[] {
  const id = stepOf(chapter, index);
  if (action.do === 'inject') return injectSteps({ spec: action.inject, step: id });
  return [actionStep(id, 'planned', action)];
}

export function actionStep(
  id: StepId,
  phase: Step['phase'],
  action: PlainAction,
  now: ActionNow | null = null,
): Step {
  return { type: 'step', id, phase, doing: { do: 'action', action, now } };
}

/** What the action found out, or null where there is nothing to say. Throws Refusal, EngineError, or the signal's reason. */
export async function* act(
  ports: RunnerPorts,
  chapter: Chapter,
  index: number,
  signal: AbortSignal,
): Stream<Found | null> {
  const action = chapter.on_enter[index] as Action;
  const id = stepOf(chapter, index);
  if (action.do === 'inject') {
    const request = { spec: action.inject, chapter: chapter.id, step: id, force: false };
    const fault = yield* injectFirst(ports, request, signal);
    const { kind, targets } = fault;
    return { found: 'fault', fault: fault.id, kind, targets: targets.map(label) };
  }
  return yield* asStep(id, action, signal, perform(ports, action, id, signal));
}

/** The work as a step that begins and ends. */
export async function* asStep<T extends Found | null>(
  id: StepId,
  action: PlainAction,
  signal: AbortSignal,
  work: Stream<T>,
): Stream<T> {
  yield actionStep(id, 'running', action);
  try {
    const found = yield* work;
    yield { ...actionStep(id, 'done', action), found };
    return found;
  } catch (error) {
    const interrupted = signal.aborted && errorReport(error)?.code !== 'aborted';
    const { message } = error as Error;
    yield { ...actionStep(id, 'failed', action), error: { message, interrupted } };
    throw error;
  }
}

async function* perform(
  ports: RunnerPorts,
  action: PlainAction,
  step: StepId,
  signal: AbortSignal,
): Stream<Found | null> {
  switch (action.do) {
    case 'recover': {
      const faults = faultsMeant(currentRun(ports), action.fault);
      const request = { faults, within_ms: null, by: 'command', step } as const;
      const meant = schedulesMeant(currentRun(ports), action.fault);
      yield* endSchedules(ports, meant, 'recovered', 'command');
      if (faults.length > 0) yield* recover(ports, request, signal);
      return { found: 'recovered', faults: faults.map((fault) => fault.id) };
    }
    case 'workload':
      if (action.to === 'start')
        return yield* startWorkload(ports, AS_THE_STORY_SAYS, step, signal);
      return foundOf(yield* stopWorkload(ports, 'the story stopped it', step, signal));
    case 'probe':
      return yield* probe(ports, action.probe, step, signal);
    case 'detect':
      return yield* detect(ports, action, step, signal);
    case 'diagnose':
      return yield* diagnose(ports, step, signal);
    case 'run':
      return yield* runProgram(ports, action, step, signal);
    case 'wait':
      await ports.sleep(action.delay_ms, signal);
      return { found: 'waited', delay_ms: action.delay_ms };
  }
}

export interface WorkloadWish {
  /** Operations a second to compare with, or an earlier run's; null: what is measured, or what the story says of a simulated load. */
  baseline: number | Reference | null;
  /** Where its figures are served, `host:port`; null: as the story says. */
  metrics: string | null;
  /** Within this command, and ended with it. */
  foreground: boolean;
}

const AS_THE_STORY_SAYS: WorkloadWish = { baseline: null, metrics: null, foreground: false };

/** `step`: one that has begun. */
export async function* startWorkload(
  ports: RunnerPorts,
  { baseline, metrics, foreground }: WorkloadWish,
  step: StepId,
  signal: AbortSignal,
): Stream<WorkloadFound> {
  const spec = workloadToStart(ports.story, baseline);
  if (ports.journal.run?.workload)
    return { found: 'workload', kind: null, simulated_ops_per_s: null, first: null };
  const simulated = spec.kind === 'simulated';
  const compared =
    baseline !== null && typeof baseline === 'object'
      ? { baseline: null, reference: baseline }
      : { baseline: baseline ?? (simulated ? spec.baseline : null) };
  await ports.claim(null);
  const served = metrics ?? ports.story.metrics;
  yield record(ports, {
    type: 'workload.started',
    kind: spec.kind,
    simulated,
    ...compared,
    ...(served !== null && { metrics: served }),
    ...(foreground && { foreground }),
    ...watchedOf(ports),
  });
  try {
    const starting = ports.measure.start(signal);
    for (;;) {
      const { done, value } = await starting.next();
      if (done) return value;
      yield actionStep(step, 'running', START, { now: 'starting', ...value });
    }
  } catch (error) {
    yield record(ports, { type: 'workload.stopped', reason: (error as Error).message });
    throw error;
  }
}

/** Throws Refusal `unsupported_stack` where the story has none, or `no_baseline` for an earlier run that measured another kind: the figures of one say nothing of the other. */
export function workloadToStart(
  { workload }: Story,
  baseline: WorkloadWish['baseline'],
): NonNullable<Story['workload']> {
  if (!workload)
    throw new Refusal(
      'unsupported_stack',
      'The story has no workload to start.',
      'Add `workload:` to the story.',
    );
  if (baseline === null || typeof baseline === 'number' || baseline.kind === workload.kind)
    return workload;
  const message = `Run ${baseline.run} measured a load of the kind ${baseline.kind}, and the story's is ${workload.kind}: they cannot be compared.`;
  throw new Refusal('no_baseline', message, 'workload start');
}

async function* runProgram(
  ports: RunnerPorts,
  { command, timeout_ms }: Extract<Action, { do: 'run' }>,
  step: StepId,
  signal: AbortSignal,
): Stream<Found> {
  const result = await ports.engine.run(command, { timeout_ms, signal });
  signal.throwIfAborted();
  const lines = `${result.stdout}${result.stderr}`.trimEnd().split('\n').slice(-OUTPUT_LINES);
  if (lines.some((line) => line !== ''))
    yield { type: 'evidence', id: step, evidence: { about: 'output', lines } };
  const { exit_code } = result;
  if (exit_code !== 0)
    throw new Refusal(
      'action_failed',
      `\`${programName(command)}\` ended with exit code ${exit_code}.`,
      'chapter retry',
    );
  return { found: 'program', command: programName(command), exit_code };
}
