/** The actions of a chapter, each as a stream: one case a kind of action. What breaks and mends stands in its own file. */

import { label } from '../fault/instance.ts';
import type { Reference } from '../impact/abort-condition.ts';
import { describeAction, describeCommand } from '../run/plan.ts';
import { faultsMeant } from '../run/run.ts';
import type { Action, Chapter } from '../story/story.ts';
import type { Command } from '../terms/command.ts';
import { formatDuration } from '../terms/duration.ts';
import { errorReport, Refusal } from '../terms/outcomes.ts';
import { detect, diagnose, type Findings } from './evidence.ts';
import { inject, injectSteps, watchedOf } from './inject.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { probe } from './probe.ts';
import { recover } from './recover.ts';
import { findingsOf, stopWorkload } from './stop-workload.ts';

const OUTPUT_LINES = 10;

export function actionStep(chapter: Chapter, index: number): string {
  return `${chapter.id}.${index}`;
}

/** The steps that an action announces before it begins. */
export function actionSteps(
  chapter: Chapter,
  action: Action,
  index: number,
): { step: string; text: string }[] {
  const step = actionStep(chapter, index);
  if (action.do === 'inject') return injectSteps({ spec: action.inject, step });
  return [{ step, text: describeAction(action) }];
}

/** What the action found out, or null where there is nothing to say. Throws Refusal, EngineError, or the signal's reason. */
export async function* act(
  ports: RunnerPorts,
  chapter: Chapter,
  index: number,
  signal: AbortSignal,
): Stream<Findings | null> {
  const action = chapter.on_enter[index] as Action;
  const step = actionStep(chapter, index);
  if (action.do === 'inject') {
    const fault = yield* inject(
      ports,
      { spec: action.inject, chapter: chapter.id, step, force: false },
      signal,
    );
    return {
      text: `${fault.kind} ${fault.targets.map(label).join(', ')}`,
      data: { fault: fault.id },
    };
  }
  yield { type: 'step.begin', step, text: describeAction(action) };
  try {
    const findings = yield* perform(ports, action, step, signal);
    yield { type: 'step.done', step, text: findings?.text ?? describeAction(action) };
    return findings;
  } catch (error) {
    const isInterrupted = signal.aborted && errorReport(error)?.code !== 'aborted';
    yield {
      type: 'step.failed',
      step,
      text: isInterrupted ? `${describeAction(action)}: interrupted` : (error as Error).message,
    };
    throw error;
  }
}

async function* perform(
  ports: RunnerPorts,
  action: Exclude<Action, { do: 'inject' }>,
  step: string,
  signal: AbortSignal,
): Stream<Findings | null> {
  switch (action.do) {
    case 'recover': {
      const faults = faultsMeant(currentRun(ports), action.fault);
      if (faults.length === 0) return { text: 'no fault is live: nothing to recover', data: [] };
      yield* recover(ports, { faults, within_ms: null, by: 'command', step }, signal);
      return {
        text: `recovered ${faults.map((fault) => fault.id).join(', ')}`,
        data: faults.map((fault) => fault.id),
      };
    }
    case 'workload':
      if (action.to === 'start')
        return yield* startWorkload(ports, { baseline: null, step }, signal);
      return findingsOf(yield* stopWorkload(ports, 'the story stopped it', step, signal));
    case 'probe':
      return yield* probe(ports, action.probe, step, signal);
    case 'detect':
      return yield* detect(ports, action.within_ms, step, signal);
    case 'diagnose':
      return yield* diagnose(ports, step, signal);
    case 'run':
      return yield* runProgram(ports, action.command, action.timeout_ms, step, signal);
    case 'wait':
      await ports.sleep(action.delay_ms, signal);
      return { text: `waited ${formatDuration(action.delay_ms)}`, data: null };
  }
}

/** `baseline`: operations a second, or an earlier run's. */
export async function* startWorkload(
  ports: RunnerPorts,
  { baseline, step }: { baseline: number | Reference | null; step: string },
  signal: AbortSignal,
): Stream<Findings> {
  const spec = ports.story.workload;
  if (!spec)
    throw new Refusal(
      'unsupported_stack',
      'The story has no workload to start.',
      'Add `workload:` to the story.',
    );
  if (ports.journal.run?.workload) return { text: 'the workload runs already', data: null };
  const simulated = spec.kind === 'simulated';
  if (baseline !== null && typeof baseline === 'object') refuseOtherKind(spec.kind, baseline);
  const compared =
    baseline !== null && typeof baseline === 'object'
      ? { baseline: null, reference: baseline }
      : { baseline: baseline ?? (simulated ? spec.baseline : null) };
  yield record(ports, {
    type: 'workload.started',
    kind: spec.kind,
    simulated,
    ...compared,
    ...watchedOf(ports),
  });
  try {
    const starting = ports.measure.start(signal);
    for (;;) {
      const { done, value } = await starting.next();
      if (done) return { text: value, data: { kind: spec.kind, simulated } };
      yield { type: 'step.tick', step, text: value };
    }
  } catch (error) {
    yield record(ports, { type: 'workload.stopped', reason: (error as Error).message });
    throw error;
  }
}

/** Figures of one kind of load say nothing of another. */
function refuseOtherKind(kind: string, { run, kind: measured }: Reference): void {
  if (kind === measured) return;
  const message = `Run ${run} measured a load of the kind ${measured}, and the story's is ${kind}: they cannot be compared.`;
  throw new Refusal('no_baseline', message, 'workload start');
}

async function* runProgram(
  ports: RunnerPorts,
  command: Command,
  timeoutMs: number,
  step: string,
  signal: AbortSignal,
): Stream<Findings> {
  const result = await ports.engine.run(command, { timeout_ms: timeoutMs, signal });
  signal.throwIfAborted();
  const lines = `${result.stdout}${result.stderr}`.trimEnd().split('\n').slice(-OUTPUT_LINES);
  if (lines.some((line) => line !== '')) yield { type: 'lines', step, lines };
  if (result.exit_code !== 0) {
    throw new Refusal(
      'action_failed',
      `\`${describeCommand(command)}\` ended with exit code ${result.exit_code}.`,
      'chapter retry',
    );
  }
  return { text: `\`${describeCommand(command)}\` done`, data: { exit_code: 0 } };
}
