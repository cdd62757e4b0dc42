/**
 * What a kind of fault is, as types only: one file a kind, one row in a table, ours and those of plugins alike. This file
 * imports nothing and is published as `oclif-plugin-gameday/fault`.
 */

/** What a fault does to one target. `on`: the ability of the engine that makes it so (`lifecycle`); the rest is that ability's own, as plain data. */
export interface Effect {
  on: string;
  [key: string]: unknown;
}

/** What is said of a fault: `killing`, `killed`, and what ends it: `restart`. */
export interface FaultWords {
  doing: string;
  done: string;
  undo: string;
}

/** What checks and reads a value: a Standard Schema (valibot, zod and others have it), which must not be asynchronous. */
export interface Schema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: T; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string }[] }
      | Promise<unknown>;
  };
}

/**
 * One parameter of a kind. From this one row come its key in the story, its flag, its completion, its line in the help, in
 * `fault kinds` and in the docs, and its place in the JSON Schema.
 */
export interface Param<T = unknown> {
  /** One line, in the help and the docs. */
  help: string;
  /** As a user writes it, in the story and after the flag. */
  example: string;
  /** From what a user wrote to the value that the kind's `effect` gets; undefined where it may be left out. */
  schema: Schema<T>;
  /** What TAB offers, and the only words that there are. */
  values?: readonly string[];
}

export type Params = Readonly<Record<string, Param>>;
export type ValuesOf<P extends Params> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

/** Machines of a cluster, or whole services, in place of single instances. */
export type OtherTargets = 'nodes' | 'services';

export interface FaultKind<P extends Params = Params> {
  kind: string;
  /** Kinds of one family stand together in the help and the docs: `lifecycle`. */
  family: string;
  /** One line, after "fault kinds"; starts with a verb. */
  summary: string;
  words: FaultWords;
  params: P;
  /** What it is done to, of an engine that has such things; left out: instances. */
  targets?: OtherTargets;
  /** What of a target it takes for itself: two live faults never hold one thing of one target. Null: they overlap freely. */
  holds: string | null;
  /**
   * What becomes of its effect when the target restarts; `by_engine`: one on some engines, the other on others; `by_how`: a limit
   * stays, a load is as by the engine.
   */
  on_restart: 'ends' | 'stays' | 'by_engine' | 'by_how';
  /** The limit of a fault for which the user names none, in ms; null: none. */
  default_duration_ms: number | null;
  /** `at_once`: it is recovered as soon as it has been seen; how long that takes is its figure. Left out: it stays until somebody, or its limit, ends it. */
  ends?: 'at_once';
  /** What is wrong with values that are right each by itself, and the parameter it is told of; null: nothing. */
  check?(values: ValuesOf<P>): { param: string; message: string } | null;
  /** What of its words and its end is otherwise with these values. */
  varies?(values: ValuesOf<P>): { words?: FaultWords; ends?: 'at_once' };
  /** Called with checked values. Undoing needs what it returns, and nothing else of the kind. */
  effect(values: ValuesOf<P>): Effect;
}

/** What the hook `gameday:faults` hands back. */
export interface FaultOffers {
  kinds?: readonly FaultKind[];
}
