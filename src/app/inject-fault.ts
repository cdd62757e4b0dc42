/** Breaks one thing by hand: the kind that is meant, a question where it hits several targets, and the transition. */
import type { Engine } from '../engine/engine.ts';
import { type FaultKinds, readParams, specOf } from '../fault/fault-kind.ts';
import type { ImpactFigures } from '../impact/figures.ts';
import { chooseTargets } from '../run/choice.ts';
import { type PlanStep, planInject, refusalOf } from '../run/plan.ts';
import type { Fault, Run } from '../run/run.ts';
import { defaultLimitMs, describeRepeat, repeatProblem } from '../story/repeat.ts';
import type { InjectSpec } from '../story/story.ts';
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { LookAhead } from './before-run.ts';
import { carryOut } from './carry-out.ts';
import { OWN_CATALOGUE } from './catalogue.ts';
import { askCatalogue, type Context, currentView, findPlace } from './context.ts';
import type { Place } from './locate.ts';
import { drawSeed, lookAtWorld, lookForRefusal, withEngine, worldOf } from './read-world.ts';
import { typedAgain, typedWith } from './typed.ts';

export interface Injected {
  run: Run;
  fault: Fault;
  /** Of this fault, as far as it is known at once; nobody waits for more. */
  impact: ImpactFigures[];
}

export interface InjectWish {
  /** Also into a stack whose steady state is not met. */
  force: boolean;
  /** Ask nothing. */
  yes: boolean;
}

/** What to inject, as it was typed. */
export interface InjectWords extends Omit<InjectSpec, keyof ReturnType<typeof specOf>> {
  kind: string;
  /** Parameters of the kind by name, as they were written. */
  written: Record<string, unknown>;
}

/** Plugins of the host are asked only where the kind is not ours. Throws Refusal `unknown_kind`, or `usage` that names every wrong parameter. */
export async function specFrom(
  context: Context,
  { kind: name, written, ...rest }: InjectWords,
): Promise<InjectSpec> {
  const isOurs = OWN_CATALOGUE.kinds.some((row) => row.kind === name);
  const { kinds } = isOurs ? OWN_CATALOGUE : await askCatalogue(context);
  const kind = kinds.find((row) => row.kind === name);
  if (!kind) throw unknownKind(context, name, kinds);
  const { repeat, duration_ms } = rest;
  const problem = repeat ? repeatProblem(repeat, duration_ms) : null;
  if (problem !== null)
    throw new Refusal('usage', `--every, --for: ${problem}.`, 'fault inject --help');
  const read = readParams(kind, written, kinds);
  if ('values' in read)
    return {
      ...specOf(kind, read.values),
      ...rest,
      duration_ms: duration_ms ?? defaultLimitMs(kind.default_duration_ms, repeat),
    };
  const message = read.problems
    .map(({ param, message, hint }) => `--${param}: ${message}.${hint ? ` ${hint}` : ''}`)
    .join(' ');
  throw new Refusal('usage', message, `fault kinds ${name}`);
}

/** The next command is the one that was typed with the nearest kind in it. */
function unknownKind(context: Context, kind: string, kinds: FaultKinds): Refusal {
  const names = kinds.map((row) => row.kind);
  const near = closest(kind, names);
  return new Refusal(
    'unknown_kind',
    `There is no fault of kind "${kind}"; there are ${names.join(', ')}.`,
    near ? `Did you mean \`${typedWith(context.typed, kind, near)}\`?` : 'fault kinds',
  );
}

/** What it would hit now. Looks only. */
export async function planInjection(context: Context, spec: InjectSpec): Promise<PlanStep> {
  const place = await findPlace(context);
  const { run } = currentView(context);
  const remote = context.flags['allow-remote'];
  return withEngine(place, remote, async (engine) => {
    const plan = planInject(spec, place.story, await worldOf(engine, place, [spec], run));
    const ids = plan.targets.map(({ id }) => id);
    const refusal = await lookForRefusal(engine, spec, ids);
    return refusal ? { ...plan, refused: refusalOf(refusal) } : plan;
  });
}

/** Throws Refusal `not_confirmed` where somebody was asked and did not say yes, and what the transition throws. */
export async function injectFault(
  context: Context,
  spec: InjectSpec,
  { force, yes }: InjectWish,
): Promise<Injected> {
  const isMany = spec.pick.by === 'all' || spec.count !== 1;
  const sure = isMany && !yes && context.ask ? await confirmed(context, spec) : spec;
  // Drawn here, so that what is looked at first is what is hit.
  const seeded = { ...sure, seed: sure.seed ?? drawSeed() };
  const lookAhead: LookAhead = (engine, place) => refuseAhead(engine, place, seeded);
  const {
    result: fault,
    run,
    impact,
  } = await carryOut(context, { beginsRun: true, lookAhead }, (runner) =>
    runner.inject(seeded, force),
  );
  return { run, fault, impact: impact.filter(({ figures }) => figures.fault === fault.id) };
}

/** Before there is a run. Whom a program of the story picks, or who leads, is known only when that is run. Throws the Refusal. */
async function refuseAhead(
  engine: Engine,
  place: Place,
  spec: InjectSpec & { seed: number },
): Promise<void> {
  if (spec.pick.by === 'command' || spec.pick.by === 'leader') return;
  const world = { ...(await worldOf(engine, place, [spec], null)), seed: spec.seed };
  const { chosen } = chooseTargets(spec, place.story, world, null);
  const ids = chosen.map(({ id }) => id);
  const refusal = await lookForRefusal(engine, spec, ids);
  if (refusal) throw refusal;
}

/** Asks about the targets that would be hit. Resolves to a choice that hits the same ones. */
async function confirmed(context: Context, spec: InjectSpec): Promise<InjectSpec> {
  const place = await findPlace(context);
  const { run } = currentView(context);
  const world = await lookAtWorld(place, [spec], run, context.flags['allow-remote']);
  const { targets } = planInject(spec, place.story, world);
  // What would be refused is refused by the transition, with its reason.
  if (targets.length === 0) return spec;
  const { kind, repeat } = spec;
  const names = listed(targets.map((target) => target.label));
  const again = repeat ? `, and others again ${describeRepeat(repeat)}` : '';
  const question = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${names} of ${world.project}${again}? [y/N] `;
  const next = typedAgain(context.typed);
  const answer = (await context.ask?.(question, next)) ?? '';
  if (/^y(es)?$/i.test(answer)) return { ...spec, seed: spec.seed ?? world.seed };
  throw new Refusal('not_confirmed', 'Nothing was changed.', typedAgain(context.typed, '--yes'));
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1) ?? ''].filter(Boolean).join(' and ');
}
