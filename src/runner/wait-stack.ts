/** The rest of the stack after a recovery: what ran before the fault and fell with it is named, and waited for a little. It is never touched. */

import { type Fallen, fallen } from '../run/drift.ts';
import type { StepId } from '../run/progress.ts';
import { disturbed, type Fault } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { recoverStep } from './steps.ts';

/** What a restart policy brings back comes within so long; for the rest somebody has to do something. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 100;

/** Throws Refusal `not_verified` that names them. `end`: by the clock that never jumps. */
export async function* waitForStack(
  ports: RunnerPorts,
  fault: Fault,
  end: number,
  step: StepId,
  signal: AbortSignal,
): Stream<void> {
  // An owner makes others for as long as it takes.
  const patienceMs = ports.engine.wanted ? Number.POSITIVE_INFINITY : PATIENCE_MS;
  const until = Math.min(end, ports.elapsed() + patienceMs);
  for (;;) {
    const rows = await ports.engine.list(signal);
    const down = fallen(fault, rows, disturbed(currentRun(ports)));
    if (down.length === 0) return;
    if (ports.elapsed() >= until) throw refusal(ports, fault, down);
    yield recoverStep(step, 'running', fault, {
      waits_for: 'stack',
      down: down.map(({ target, state }) => ({ target, state })),
    });
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

function say(down: readonly Fallen[]): string {
  return down.map(({ target, state }) => `${target} is ${state}`).join(', ');
}

function refusal({ engine }: RunnerPorts, fault: Fault, down: readonly Fallen[]): Refusal {
  const services = [...new Set(down.map(({ target }) => target.replace(/-\d+$/, '')))].join(' ');
  const which = down.length === 1 ? 'It' : 'They';
  const message = `${fault.id}: the targets are back, the stack is not as before: ${say(down)}. ${which} ran before the fault.`;
  const how = engine.wanted
    ? `See what keeps ${services} from being made anew`
    : `Bring back what fell, for example with \`docker compose up -d ${services}\``;
  const next = `${how}, then \`fault recover ${fault.id}\`; with --only-targets the targets alone count.`;
  return new Refusal('not_verified', message, next);
}
