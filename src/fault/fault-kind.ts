/**
 * Kinds of fault at work: which there are, what a user wrote for one, and the fault that comes of it as data. Pure: a kind
 * makes the effect on a target; an ability of the engine makes that so, reads it and takes it off.
 */
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { FaultKind, FaultWords, OtherTargets, Params } from './contribution.ts';
import type { Effect } from './effect.ts';

/** A fault as it is asked for: all that injecting it needs of its kind, as data. */
export interface FaultSpec {
  kind: string;
  params: Record<string, unknown>;
  effect: Effect;
  words: FaultWords;
  holds: string | null;
  ends?: 'at_once';
  targets?: OtherTargets;
}

/** `values`: as `readParams` gives them. */
export function specOf(row: FaultKind, values: Record<string, unknown> = {}): FaultSpec {
  const { kind, words, holds, ends, targets, effect } = {
    ...row,
    ...row.varies?.(values as never),
  };
  return {
    kind,
    params: values,
    effect: effect(values as never),
    words,
    holds,
    ...(ends && { ends }),
    ...(targets && { targets }),
  };
}

/** For one file a kind: has the compiler hold `effect` against `params`. */
export function defineKind<const P extends Params>(kind: FaultKind<P>): FaultKind {
  return kind as unknown as FaultKind;
}

/** All kinds that there are: our rows and those of plugins, in the order in which they are shown. */
export type FaultKinds = readonly FaultKind[];

/** Throws Refusal `unknown_kind` that names the nearest kind. */
export function findKind(kinds: FaultKinds, wanted: string): FaultKind {
  const found = kinds.find((row) => row.kind === wanted);
  if (found) return found;
  const names = kinds.map((row) => row.kind);
  const near = closest(wanted, names);
  throw new Refusal(
    'unknown_kind',
    `There is no fault of kind "${wanted}"; there are ${names.join(', ')}.`,
    near ? `Did you mean \`fault inject ${near}\`?` : 'fault kinds',
  );
}

/** What is wrong with a parameter, for the story's parser and for flags. */
export interface ParamProblem {
  param: string;
  message: string;
  hint: string | null;
}

/** The values of a kind's parameters, or every problem of what was written. `written`: by the parameter's name. */
export function readParams(
  { kind, params, check }: FaultKind,
  written: Readonly<Record<string, unknown>>,
  kinds: FaultKinds,
): { values: Record<string, unknown> } | { problems: ParamProblem[] } {
  const values: Record<string, unknown> = {};
  const problems: ParamProblem[] = [];
  for (const [param, value] of Object.entries(written)) {
    if (value === undefined || Object.hasOwn(params, param)) continue;
    const others = kinds.filter((row) => Object.hasOwn(row.params, param)).map((row) => row.kind);
    const message =
      others.length > 0
        ? `${param} is a parameter of ${others.join(', ')}, not of ${kind}`
        : `${kind} has no parameter ${param}`;
    const near = closest(param, Object.keys(params));
    problems.push({ param, message, hint: near ? `Did you mean "${near}"?` : null });
  }
  for (const [param, { schema, example }] of Object.entries(params)) {
    const result = schema['~standard'].validate(written[param]);
    const hint = `Write it as ${example}.`;
    if (result instanceof Promise)
      problems.push({ param, message: `the check of ${kind} is asynchronous`, hint: null });
    else if (result.issues)
      problems.push({ param, message: result.issues[0]?.message ?? 'it is not right', hint });
    else if (result.value !== undefined) values[param] = result.value;
  }
  const wrong = problems.length === 0 ? check?.(values as never) : null;
  if (wrong) problems.push({ ...wrong, hint: null });
  return problems.length > 0 ? { problems } : { values };
}
