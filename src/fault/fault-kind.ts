/**
 * What a kind of fault is: one file a kind, one row in a table. Pure: from its parameters it makes the effect on a target,
 * as data; an ability of the engine makes that so, reads it and takes it off.
 */
import * as v from 'valibot';
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { Effect } from './effect.ts';
import type { Params, ValuesOf } from './param.ts';

/** What is said of a fault: `killing`, `killed`, and what ends it: `restart`. */
export interface FaultWords {
  doing: string;
  done: string;
  undo: string;
}

export interface FaultKind<P extends Params = Params> {
  kind: string;
  /** Kinds of one family stand together in the help and the docs: `lifecycle`. */
  family: string;
  /** One line, after "fault kinds"; starts with a verb. */
  summary: string;
  words: FaultWords;
  params: P;
  /** What of a target it takes for itself: two live faults never hold one thing of one target. Null: they overlap freely. */
  holds: string | null;
  /** What becomes of its effect when the target restarts. */
  on_restart: 'ends' | 'stays';
  /** The limit of a fault for which the user names none; null: none. */
  default_duration_ms: number | null;
  effect(values: ValuesOf<P>): Effect;
}

/** A fault as it is asked for: all that injecting it needs of its kind, as data. */
export interface FaultSpec {
  kind: string;
  params: Record<string, unknown>;
  effect: Effect;
  words: FaultWords;
  holds: string | null;
}

/** `values`: as `readParams` gives them. */
export function specOf(
  { kind, words, holds, effect }: FaultKind,
  values: Record<string, unknown> = {},
): FaultSpec {
  return { kind, params: values, effect: effect(values as never), words, holds };
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
  { kind, params }: FaultKind,
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
    const result = v.safeParse(schema, written[param]);
    if (!result.success) {
      const message = result.issues[0].message;
      problems.push({ param, message, hint: `Write it as ${example}.` });
    } else if (result.output !== undefined) values[param] = result.output;
  }
  return problems.length > 0 ? { problems } : { values };
}
