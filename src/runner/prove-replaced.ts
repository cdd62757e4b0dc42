/**
 * The proof for a target that is gone where its owner makes another: the owner has as many as it is to have, each of them well,
 * and none of them hit by the fault. They are counted here, one by one: an owner's own figures count what is gone, too.
 */
import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import type { StepId } from '../run/progress.ts';
import { effectsOn, type Fault } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { Heard } from './heard.ts';
import { isOff } from './look-fault.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { recoverStep } from './steps.ts';

/** Those without a health check must be there this long, the same ones. */
const STEADY_MS = 1000;
const LOOK_EVERY_MS = 100;

/** An owner that has as many as it is to have. */
export interface Proven {
  well: readonly InstanceRow[];
  wanted: number;
}

/** `owner`: of the target. Throws Refusal `not_verified` when the time is over. */
export async function* proveOwner(
  ports: RunnerPorts,
  { fault, end }: { fault: Fault; end: number },
  target: Instance & { owner: string },
  heard: Heard,
  step: StepId,
  signal: AbortSignal,
): Stream<Proven> {
  const { owner } = target;
  let ids = '';
  let since = ports.elapsed();
  for (;;) {
    const seen = await heard.ask(() => lookAtOwner(ports, fault, target, signal), signal);
    if (seen === 'silent') continue;
    const { well, unwell, wanted } = seen;
    const now = well.map(({ id }) => id).join(' ');
    if (now !== ids) [ids, since] = [now, ports.elapsed()];
    const isChecked = well.every(({ health }) => health === 'healthy');
    if (well.length >= wanted && (isChecked || ports.elapsed() - since >= STEADY_MS))
      return { well, wanted };
    if (ports.elapsed() >= end) throw notReplaced(fault, target, well.length, wanted, unwell);
    yield recoverStep(step, 'running', fault, {
      waits_for: 'replacement',
      target: label(target),
      owner,
      well: well.length,
      wanted,
    });
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

async function lookAtOwner(
  ports: RunnerPorts,
  fault: Fault,
  target: Instance & { owner: string },
  signal: AbortSignal,
): Promise<{ well: InstanceRow[]; unwell: InstanceRow[]; wanted: number }> {
  const { engine } = ports;
  const [rows, wanted] = await Promise.all([
    engine.list(signal),
    engine.wanted?.(target, signal) ?? 1,
  ]);
  const mine = rows.filter((row) => row.owner === target.owner);
  const isFit = await Promise.all(mine.map((row) => isFitNow(ports, fault, row, signal)));
  const run = currentRun(ports);
  // What another fault has taken down is not there to be well: that is its own recovery's business.
  const held = mine.filter(
    ({ id }, index) =>
      !isFit[index] && effectsOn(run, id, ports.now()).some((each) => each.fault !== fault.id),
  );
  return {
    well: mine.filter((_, index) => isFit[index]),
    unwell: mine.filter((row, index) => !isFit[index] && !held.includes(row)),
    wanted: wanted - held.length,
  };
}

/** A target of the fault counts if it was not hit after all; a listing may show it as running a moment after its end. */
async function isFitNow(
  ports: RunnerPorts,
  fault: Fault,
  row: InstanceRow,
  signal: AbortSignal,
): Promise<boolean> {
  if (!fault.targets.some(({ id }) => id === row.id)) return isWell(row);
  const now = await ports.engine.inspect(row.id, signal);
  return now !== null && isWell(now) && (await isOff(ports, fault, now));
}

function isWell({ state, health }: Pick<InstanceRow, 'state' | 'health'>): boolean {
  return state === 'running' && (health === 'none' || health === 'healthy');
}

/** How the target came back, in words. */
export function sayReplaced(
  { before }: Fault,
  target: Instance & { owner: string },
  { well, wanted }: Proven,
): string {
  const old = new Set(before.map(({ id }) => id));
  const made = well.filter(({ id }) => !old.has(id));
  const by = made.length > 0 ? ` by ${made.map(({ name }) => name).join(', ')}` : '';
  return `${label(target)} was replaced${by}; ${target.owner} has ${well.length} of ${wanted} that are well`;
}

function notReplaced(
  { id }: Fault,
  target: Instance & { owner: string },
  well: number,
  wanted: number,
  unwell: readonly InstanceRow[],
): Refusal {
  const others = unwell.map((row) => `${label(row)} is ${row.state}, health ${row.health}`);
  const which = others.length > 0 ? ` (${others.join('; ')})` : '';
  return new Refusal(
    'not_verified',
    `${label(target)} is gone, and ${target.owner} has ${well} of ${wanted} that are well when the time was over${which}.`,
    `fault recover ${id} --within 2m`,
  );
}
