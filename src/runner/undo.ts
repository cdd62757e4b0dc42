/**
 * Taking a fault off its targets: the one way for the command, for an abort and for the watchdog. What disturbs an instance
 * is the set of live effects on it, so an undo makes the set without this fault's so; it never undoes another fault.
 * One at a time on an instance, also across processes, and the set is read from the journal inside that.
 */
import type { Ability, Engine } from '../engine/engine.ts';
import type { Effect, Reading } from '../fault/effect.ts';
import { type Instance, label } from '../fault/instance.ts';
import { effectsOf, effectsOn, type Fault, type Run } from '../run/run.ts';
import { EngineError } from '../terms/outcomes.ts';

export interface InstancePorts {
  engine: Engine;
  /** Alone on the instance while `work` lasts, whoever else of ours wants to act on it. */
  alone<T>(instance: string, work: () => Promise<T>): Promise<T>;
  /** The run as the journal says at this moment. */
  readRun(): Run | null;
  /** Epoch milliseconds. */
  now(): number;
}

/** Every target is tried, in the order that dependencies want. Throws the first error, after all of them. */
export async function undo(ports: InstancePorts, fault: Fault): Promise<void> {
  const errors: unknown[] = [];
  for (const level of byDependency(fault.targets)) {
    const ends = await Promise.allSettled(
      level.map((target) => applySet(ports, target, abilitiesOf(ports, fault, target), fault)),
    );
    errors.push(...ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])));
  }
  if (errors.length > 0) throw errors[0];
}

/**
 * Makes the set of live effects on the instance so, ability by ability. `without`: a fault that is no longer meant to be in
 * force, whatever the journal says of it by now. Throws EngineError.
 */
export function applySet(
  { engine, alone, readRun, now }: InstancePorts,
  target: Instance,
  abilities: readonly string[],
  without: Fault | null,
): Promise<void> {
  return alone(target.id, async () => {
    const run = readRun();
    const live = run ? effectsOn(run, target.id, now()) : [];
    const off = without ? effectsOf(without).filter((each) => each.target.id === target.id) : [];
    for (const on of abilities) {
      const set = live.filter(({ fault, effect }) => effect.on === on && fault !== without?.id);
      const undone = off.filter(({ effect }) => effect.on === on);
      await abilityOf(engine, { on }, target).set(target, set, undone);
    }
  });
}

/** What a look at a fault needs: beside the engine, which other faults are live. */
export interface LookPorts {
  engine: Engine;
  journal: { readonly run: Pick<Run, 'faults'> | null };
  /** Epoch milliseconds. */
  now(): number;
}

/** How the fault stands on one of its targets; null where the engine of this gameday has no such ability. */
export async function read(
  { engine, journal, now: clock }: LookPorts,
  fault: Fault,
  now: Instance,
): Promise<Reading | null> {
  const { run } = journal;
  const meant = run ? effectsOn(run, now.id, clock()) : [];
  const live = effectsOf(fault).filter(({ target }) => target.id === now.id);
  const readings: Reading[] = [];
  for (const each of live) {
    const ability = engine.abilities[each.effect.on];
    if (!ability) return null;
    const same = meant.filter(({ effect }) => effect.on === each.effect.on);
    readings.push(...(await ability.read(now, [each], same)));
  }
  return (
    readings.find(({ state }) => state === 'in_force') ??
    readings.find(({ state }) => state === 'altered') ??
    readings[0] ??
    null
  );
}

/** Throws a definite EngineError where this gameday or this engine cannot do it. */
export function abilityOf(engine: Engine, { on }: Pick<Effect, 'on'>, target: Instance): Ability {
  const found = engine.abilities[on];
  if (found) return found;
  const message = `${label(target)}: the ${engine.kind} engine of this gameday has no ability "${on}".`;
  const next = 'Use the version of gameday, or install the plugin, that made the fault.';
  throw new EngineError(message, { definite: true, reason: 'no_ability', next });
}

/** Its life comes last, whatever the fault did: a target that fell of it (out of memory) runs again, unless another fault holds it. */
function abilitiesOf({ engine }: InstancePorts, fault: Fault, target: Instance): string[] {
  const its = effectsOf(fault).filter((each) => each.target.id === target.id);
  const life = engine.abilities.lifecycle ? ['lifecycle'] : [];
  return [...new Set([...its.map(({ effect }) => effect.on), ...life])];
}

/** Those that others depend on come first; in a circle the rest comes at once. Newest first otherwise. */
function byDependency(targets: readonly Instance[]): Instance[][] {
  let left = targets.toReversed();
  const levels: Instance[][] = [];
  while (left.length > 0) {
    const isFree = ({ service, depends_on }: Instance) =>
      !depends_on.some((name) => name !== service && left.some((each) => each.service === name));
    const free = left.filter(isFree);
    const level = free.length > 0 ? free : left;
    levels.push(level);
    left = left.filter((each) => !level.includes(each));
  }
  return levels;
}
