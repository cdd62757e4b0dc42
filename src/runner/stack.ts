/** Starting and stopping a stack that is gameday's own. Each is an intent and a fact in the journal, so that one that was cut off is known. */
import type { Step } from '../run/progress.ts';
import { EngineError, Refusal } from '../terms/outcomes.ts';
import { mark, takeMark } from './mark.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';

/**
 * Brings up a stack that is gameday's own (the process engine's) before anything looks at it. Written down first, so that
 * a command that dies meanwhile leaves no process that `reset` does not know of.
 */
export async function* ensureStack(ports: RunnerPorts, signal: AbortSignal): Stream<void> {
  if (!currentRun(ports).marks.run) yield* mark(ports, 'run', await takeMark(ports));
  const { owned } = ports.engine;
  if (!owned) return;
  const { stack_started, stack_change } = currentRun(ports);
  if (stack_change === 'stopping')
    throw new Refusal(
      'stack_unfinished',
      `The services of ${ports.engine.project} were being stopped when a command was cut off; some may be down.`,
      'chapter reset',
    );
  if (stack_started && stack_change === null) {
    // What ran once and is down, a fault keeps down.
    await owned.up(signal);
    return;
  }
  if (stack_change === null) yield record(ports, { type: 'stack.starting' });
  const step = (phase: Step['phase']) => stackStep(ports, 'up', phase, stack_change === 'starting');
  yield step('running');
  try {
    await owned.up(signal);
  } catch (error) {
    const failure = { message: (error as Error).message, interrupted: signal.aborted };
    yield { ...step('failed'), error: failure };
    if (error instanceof EngineError && error.definite)
      yield record(ports, { type: 'stack.stopped' });
    throw error;
  }
  yield record(ports, { type: 'stack.started' });
  yield step('done');
}

/** Does nothing where gameday started none. */
export async function* stopStack(ports: RunnerPorts): Stream<void> {
  if (!currentRun(ports).stack_started) return;
  yield stackStep(ports, 'down', 'running');
  yield record(ports, { type: 'stack.stopping' });
  await ports.engine.owned?.down();
  yield record(ports, { type: 'stack.stopped' });
  yield stackStep(ports, 'down', 'done');
}

/** `anew`: a command that was at it was cut off. */
function stackStep(
  { engine }: RunnerPorts,
  to: 'up' | 'down',
  phase: Step['phase'],
  anew = false,
): Step {
  return {
    type: 'step',
    id: ['stack'],
    phase,
    doing: { do: 'stack', to, project: engine.project, anew },
  };
}
