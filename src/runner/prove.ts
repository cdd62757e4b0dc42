/** The proof that targets are back: every effect of the fault is read as gone, and each runs and is well, as far as no other live fault holds it. */
import { type Instance, isDown, label } from '../fault/instance.ts';
import { type Drift, isRemoval, successorOf } from '../run/drift.ts';
import type { StepId } from '../run/progress.ts';
import { effectsOn, type Fault } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import { Heard } from './heard.ts';
import { isOff } from './look-fault.ts';
import { currentRun, FirstError, instancePorts, type RunnerPorts, type Stream } from './ports.ts';
import { type Proven, proveOwner, sayReplaced } from './prove-replaced.ts';
import { recoverStep } from './steps.ts';
import { undo } from './undo.ts';

/** A target that was started and has no health check must run this long to count as well. */
const STEADY_MS = 1000;
const LOOK_EVERY_MS = 25;
/** From one undo to the next where the first one did not do it. */
const AGAIN_MS = 1000;

type Owners = Map<string, Proven>;

/** A fault whose undo has been asked of the engine. Times by the clock that never jumps. */
export interface Undone {
  fault: Fault;
  /** How it stood on each target before. */
  drifts: Drift[];
  /** What has happened to a target without us is said to be somebody else's doing. */
  isByOthers: boolean;
  begun: number;
  end: number;
  /** What the engine said to the undo; null: it did it. */
  error: unknown;
}

/** How each came back, in words. Throws Refusal `not_verified` when the time is over, or what the engine last said to an undo. */
export async function* proveTargets(
  ports: RunnerPorts,
  undone: Undone,
  step: StepId,
  signal: AbortSignal,
): Stream<string[]> {
  const failure = new FirstError();
  const words: string[] = [];
  const again = new Retry(ports, undone);
  const owners: Owners = new Map();
  for (const [index, target] of undone.fault.targets.entries()) {
    try {
      words.push(yield* proveOne(ports, undone, target, { index, again, owners }, step, signal));
    } catch (error) {
      signal.throwIfAborted();
      failure.add(error); // One target that cannot be brought back keeps no other one down.
    }
  }
  failure.throwIfAny();
  return words;
}

async function* proveOne(
  ports: RunnerPorts,
  undone: Undone,
  recorded: Instance,
  { index, again, owners }: { index: number; again: Retry; owners: Owners },
  step: StepId,
  signal: AbortSignal,
): Stream<string> {
  const { fault, end } = undone;
  const name = label(recorded);
  let id = recorded.id;
  let how = cameBack(undone, index);
  const steady = new Steady(recorded);
  const heard = new Heard(ports, end);
  for (;;) {
    const now = await heard.ask(() => ports.engine.inspect(id, signal), signal);
    if (now === 'silent') continue;
    if (!now) {
      const { owner } = recorded;
      if (owner !== undefined) {
        await again.finish();
        const target = { ...recorded, owner };
        // One proof for all targets of an owner: none of those that were hit counts in it.
        const proven =
          owners.get(owner) ?? (yield* proveOwner(ports, undone, target, heard, step, signal));
        owners.set(owner, proven);
        return sayReplaced(fault, target, proven);
      }
      const next = successorOf(recorded, await ports.engine.list(signal), fault.before);
      // What it had put on a volume may be there still, though nobody can look at the target any more.
      if (again.error) throw again.error;
      if (!next) throw gone(ports, fault, recorded);
      const by = wasRemovedByUs(undone, index) ? 'made anew' : 'recreated by somebody';
      [id, how] = [next.id, `${name} was ${by} as ${next.id.slice(0, 12)}`];
      continue;
    }
    // A successor is only looked at: the fault was never done to it.
    const isUndone =
      id !== recorded.id || (await heard.ask(() => isOff(ports, fault, now), signal));
    if (isUndone === 'silent') continue;
    if (isUndone && isHeldByOthers(ports, fault, now))
      return `${name} no longer ${fault.words.done}`;
    const steadyMs = steady.since(now, ports.elapsed());
    if (
      isUndone &&
      steadyMs !== null &&
      (now.health === 'healthy' || steadyMs >= steady.neededMs)
    ) {
      const state = now.health === 'healthy' ? 'healthy' : 'running';
      return `${how || `${name} runs again`}, ${state}`;
    }
    if (id === recorded.id && (!isUndone || isDown(now.state) || now.state === 'paused'))
      await again.undo();
    if (ports.elapsed() >= end) throw again.error ?? notWell(fault, now);
    const { state, health } = now;
    yield recoverStep(
      step,
      'running',
      fault,
      steadyMs === null
        ? { waits_for: 'state', target: name, state, health }
        : { waits_for: 'stay', target: name },
    );
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Undoes again where the first undo was not enough: the engine refused it, or the target went down once more. */
class Retry {
  error: unknown;
  readonly #ports: RunnerPorts;
  readonly #fault: Fault;
  #triedAt: number;

  constructor(ports: RunnerPorts, { fault, error }: Undone) {
    this.#ports = ports;
    this.#fault = fault;
    this.error = error;
    this.#triedAt = ports.elapsed();
  }

  /** For a target that is gone: what its fault has left elsewhere must be gone, too, and nobody can look for it there. */
  async finish(): Promise<void> {
    if (!this.error) return;
    await undo(instancePorts(this.#ports), this.#fault);
    this.error = null;
  }

  async undo(): Promise<void> {
    // An engine that refuses says why at once; to wait for the end of the time would only hide it.
    if (this.error) throw this.error;
    if (this.#ports.elapsed() - this.#triedAt < AGAIN_MS) return;
    this.#triedAt = this.#ports.elapsed();
    await undo(instancePorts(this.#ports), this.#fault);
  }
}

/** How long a target has been well without a restart in between. */
class Steady {
  readonly #before: string | null;
  #incarnation: string | null = null;
  #at: number | null = null;

  constructor({ incarnation }: Instance) {
    this.#before = incarnation;
  }

  /** That something stays up proves nothing where nothing was started. */
  get neededMs(): number {
    return this.#incarnation === this.#before ? 0 : STEADY_MS;
  }

  /** Milliseconds, or null while it is not well. */
  since(now: Instance, elapsed: number): number | null {
    const isWell = now.state === 'running' && (now.health === 'none' || now.health === 'healthy');
    if (!isWell) this.#at = null;
    else if (this.#at === null || this.#incarnation !== now.incarnation)
      [this.#incarnation, this.#at] = [now.incarnation, elapsed];
    return this.#at === null ? null : elapsed - this.#at;
  }
}

/** And was not there when the undo began, unless another undo of ours had made it already. */
function wasRemovedByUs({ fault, drifts }: Undone, index: number): boolean {
  const { finding } = drifts[index] as Drift;
  return isRemoval(fault) && (finding === 'in_force' || finding === 'recovering');
}

/** Whether it runs is then another fault's business. */
function isHeldByOthers(ports: RunnerPorts, fault: Fault, now: Instance): boolean {
  const live = effectsOn(currentRun(ports), now.id, ports.now());
  return live.some((each) => each.fault !== fault.id && each.effect.on === 'lifecycle');
}

function cameBack({ fault, drifts, isByOthers }: Undone, index: number): string {
  const { target, finding, text, note } = drifts[index] as Drift;
  // The undo of the fault is not all that was done: somebody had stopped it as well, or it had ended by itself.
  if ((finding === 'in_force' || finding === 'changed') && text !== '')
    return `${text.replace(' is ', ' was ').replace(/ now$/, '')}, brought back`;
  if (finding === 'in_force' || finding === 'changed')
    return [`${target} ${UNDONE[fault.words.undo] ?? `no longer ${fault.words.done}`}`, note]
      .filter(Boolean)
      .join('; ');
  if (finding === 'overruled') return text;
  // Also to the watchdog, whose own undo comes with the limit.
  if (finding === 'cut_short') return text;
  return isByOthers && finding !== 'recovering' ? text : '';
}

const UNDONE: Record<string, string> = { restart: 'started', unpause: 'unpaused' };

function gone({ engine }: RunnerPorts, fault: Fault, target: Instance): Refusal {
  const command = engine.byHand('start', [target.service]);
  const how = command === null ? '' : ` with \`${command}\``;
  return new Refusal(
    'not_verified',
    `${label(target)} (${target.id.slice(0, 12)}) was removed, and nothing has its place.`,
    `Bring it back${how} and recover again, or give it up with \`fault recover ${fault.id} --close "removed by hand"\`.`,
  );
}

function notWell(fault: Fault, now: Instance): Refusal {
  const code =
    now.exit_code === null || now.state === 'running' ? '' : `, exit code ${now.exit_code}`;
  return new Refusal(
    'not_verified',
    `${label(now)} is ${now.state}${code}, health ${now.health}, when the time was over.`,
    `fault recover ${fault.id} --within 2m`,
  );
}
