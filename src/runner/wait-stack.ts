/**
 * The rest of the stack after a recovery: what ran before the fault and is not as it was is named, and waited for a little. It
 * is never touched.
 */
import type { ByHand } from '../engine/engine.ts';
import type { InstanceRow } from '../fault/instance.ts';
import { dependents, leftRunning } from '../run/dependents.ts';
import { cutOff, type Fallen, fallen, sharers } from '../run/drift.ts';
import type { StepId } from '../run/progress.ts';
import { disturbed, type Fault, servicesHeld } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import { Heard } from './heard.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { recoverStep } from './steps.ts';

/** What a restart policy brings back comes within so long; for the rest somebody has to do something. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 100;

/** The stack as it was listed last. Throws Refusal `not_verified` that names what is not as it was. `end`: by the clock that never jumps. */
export async function* waitForStack(
  ports: RunnerPorts,
  fault: Fault,
  end: number,
  step: StepId,
  signal: AbortSignal,
): Stream<InstanceRow[]> {
  // An owner makes others for as long as it takes.
  const patienceMs = ports.engine.wanted ? Number.POSITIVE_INFINITY : PATIENCE_MS;
  const until = Math.min(end, ports.elapsed() + patienceMs);
  const heard = new Heard(ports, until);
  for (;;) {
    const seen = await heard.ask(() => lookAround(ports, fault, signal), signal);
    if (seen === 'silent') continue;
    const { rows, down, cut } = seen;
    const all = [...down, ...cut];
    if (all.length === 0) return rows;
    if (ports.elapsed() >= until) throw refusal(ports, fault, down, cut);
    yield recoverStep(step, 'running', fault, {
      waits_for: 'stack',
      down: all.map(({ target, state }) => ({ target, state })),
    });
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

/**
 * In words: what runs on as it was, though Compose would have restarted it. It is named and left alone: a crash leaves it as it is, too.
 * `rows`: the stack as it stands now.
 */
export async function leftByEngine(
  ports: RunnerPorts,
  fault: Fault,
  rows: readonly InstanceRow[],
  signal: AbortSignal,
): Promise<string[]> {
  const { engine } = ports;
  const held = disturbed(currentRun(ports));
  const found = dependents(fault, rows, held);
  const all = found.map(async ({ row, target }) => {
    const [now, dependent] = await Promise.all(
      [target.id, row.id].map((id) => engine.inspect(id, signal)),
    );
    const words = dependent && leftRunning(target, now ?? null, dependent);
    const command = engine.byHand('restart', [row.service]);
    return words ? [command === null ? words : `${words}: \`${command}\``] : [];
  });
  return (await Promise.all(all)).flat();
}

/** What is down, and what runs with the network that a target has no more. */
async function lookAround(
  ports: RunnerPorts,
  fault: Fault,
  signal: AbortSignal,
): Promise<{ rows: InstanceRow[]; down: Fallen[]; cut: Fallen[] }> {
  const { engine } = ports;
  const rows = await engine.list(signal);
  const run = currentRun(ports);
  const held = disturbed(run);
  const cut = await Promise.all(
    sharers(fault, rows, held).map(async ({ row, owner }) => {
      const [now, sharer] = await Promise.all([
        engine.inspect(owner.id, signal),
        engine.inspect(row.id, signal),
      ]);
      return sharer && cutOff(owner, now, sharer);
    }),
  );
  return {
    rows,
    down: fallen(fault, rows, held, servicesHeld(run, fault)),
    cut: cut.filter((each) => each !== null),
  };
}

function refusal(
  { engine }: RunnerPorts,
  fault: Fault,
  down: readonly Fallen[],
  cut: readonly Fallen[],
): Refusal {
  const all = [...down, ...cut];
  const said = all.map(({ target, state }) => `${target} is ${state}`).join(', ');
  const ran = `${all.length === 1 ? 'It' : 'They'} ran before the fault.`;
  const message = `${fault.id}: the targets are back, the stack is not as before: ${said}. ${ran}`;
  const paused = down.filter(({ state }) => state === 'paused');
  const ways: [ByHand, readonly Fallen[]][] = [
    ['start', down.filter((each) => !paused.includes(each))],
    // What is paused cannot be started.
    ['unpause', paused],
    // It runs, so that a start would leave it as it is.
    ['restart', cut],
  ];
  const commands = ways.flatMap(([how, each]) => {
    const command = each.length > 0 ? engine.byHand(how, servicesOf(each)) : null;
    return command === null ? [] : `\`${command}\``;
  });
  const example = commands.length > 0 ? `, for example with ${commands.join(' and ')}` : '';
  const how = engine.wanted
    ? `See what keeps ${servicesOf(all).join(', ')} from being made anew`
    : `Bring back what fell${example}`;
  const next = `${how}, then \`fault recover ${fault.id}\`; with --only-targets the targets alone count.`;
  return new Refusal('not_verified', message, next);
}

function servicesOf(fallen: readonly Fallen[]): string[] {
  return [...new Set(fallen.map(({ service }) => service))];
}
