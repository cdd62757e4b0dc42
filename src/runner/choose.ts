/** Whom a fault falls on: what the selector matches at this moment, looked at closely before anything is done to it. */
import type { Engine } from '../engine/engine.ts';
import type { OtherTargets } from '../fault/contribution.ts';
import type { Effect } from '../fault/effect.ts';
import type { Left } from '../fault/guards.ts';
import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import { type Choice, chooseTargets, type World } from '../run/choice.ts';
import { effectsOf, effectsOn, liveFaults, type Standing } from '../run/run.ts';
import type { InjectSpec } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Marked, takeMark } from './mark.ts';
import { askPick } from './pick.ts';
import { currentRun, type RunnerPorts } from './ports.ts';

export interface Chosen {
  targets: Instance[];
  /** On each of them, in their order. */
  effects: Effect[];
  /** What is left of the services that are hit. */
  left: Left[];
  /** What of the stack ran then. */
  before: Standing[];
  marked: Marked | null;
}

/** The rows that the selector matches at this moment. Throws Refusal. */
export async function choose(
  ports: RunnerPorts,
  spec: InjectSpec,
  seed: number,
  signal: AbortSignal,
): Promise<Choice & { rows: InstanceRow[] }> {
  const { engine } = ports;
  const rows = await engine.list(signal);
  const world = {
    rows,
    others: await listOthers(engine, spec.targets ? [spec.targets] : [], signal),
    run: currentRun(ports),
    project: engine.project,
    reachedBy: engine.reachedBy ?? [],
    startCommand: engine.byHand('start', []),
    unpauseCommand: engine.byHand('unpause', []),
    halt: ports.halted(),
    seed,
  };
  const printed = await askPick(ports, spec, rows, signal);
  return { ...chooseTargets(spec, ports.story, world, printed), rows };
}

/** The last look before the deed. Throws Refusal `no_target` or `unsupported_target`. */
export async function chooseClosely(
  ports: RunnerPorts,
  spec: InjectSpec,
  seed: number,
  signal: AbortSignal,
): Promise<Chosen> {
  const marking = takeMark(ports);
  const { chosen, left, rows } = await choose(ports, spec, seed, signal);
  const looks = await Promise.all(chosen.map((row) => ports.engine.inspect(row.id)));
  const targets = looks.map((target, index) => {
    if (target?.state === 'running') return asItWas(ports, target, spec.effect.on);
    const name = label(chosen[index] as InstanceRow);
    throw new Refusal(
      'no_target',
      `${name} stopped running a moment ago${target ? `: it is ${target.state}` : ''}.`,
      'Look at the stack, and try again.',
    );
  });
  for (const target of targets) {
    const refusal = await whyRefused(ports.engine, target, spec);
    if (refusal) throw refusal;
  }
  const effects = await Promise.all(
    targets.map((target) => bindEffect(ports, target, spec.effect)),
  );
  const before = rows
    .filter(({ state, untouchable }) => state === 'running' && untouchable === null)
    .map(({ id, service, number }) => ({ id, service, number }));
  return { targets, effects, left, before, marked: await marking };
}

/** What an ability has to know of the instance as it was before, `record[on]`, an earlier live fault has recorded: by now it shows that fault. */
function asItWas(ports: RunnerPorts, target: Instance, on: string): Instance {
  const first = liveFaults(currentRun(ports))
    .flatMap(effectsOf)
    .find((each) => each.target.id === target.id && each.effect.on === on);
  const before = first?.target.record[on];
  return before === undefined ? target : { ...target, record: { ...target.record, [on]: before } };
}

/** What of the target itself belongs to the effect. */
async function bindEffect(ports: RunnerPorts, target: Instance, effect: Effect): Promise<Effect> {
  const { engine, now } = ports;
  const live = effectsOn(currentRun(ports), target.id, now()).filter(
    (each) => each.effect.on === effect.on,
  );
  return (await engine.abilities[effect.on]?.bind?.(target, effect, live)) ?? effect;
}

/** Why the fault cannot be done to this target here; null: it can. */
export async function whyRefused(
  { kind, abilities }: Engine,
  target: Instance,
  { effect, words, overrule }: InjectSpec,
): Promise<Refusal | null> {
  const ability = abilities[effect.on];
  const hindrance = ability
    ? await ability.whyNot(target, effect)
    : {
        why: `the engine ${kind} has no ability "${effect.on}"`,
        next: 'Choose another target or kind of fault.',
      };
  if (hindrance === null) return null;
  const { why, next, guard } = hindrance;
  if (guard && overrule.includes(guard)) return null;
  const message = `${label(target)} cannot be ${words.done}: ${why}.`;
  return new Refusal(guard ?? 'unsupported_target', message, next);
}

/** What else than instances the engine has that can be a target, as it stands now. */
export async function listOthers(
  { others = {} }: Engine,
  wanted: readonly OtherTargets[],
  signal?: AbortSignal,
): Promise<NonNullable<World['others']>> {
  const found = await Promise.all(
    wanted.map(async (name) => {
      const rows = await others[name]?.(signal);
      return rows ? { [name]: rows } : {};
    }),
  );
  return Object.assign({}, ...found);
}
