/**
 * The port to what runs the instances. Each engine stands behind it and passes one contract suite an ability (test/engine).
 * An engine knows nothing of stories, kinds of fault or journals: it lists, looks closely, and each of its abilities makes a
 * set of effects on one instance so. Every failure is an EngineError that says whether it surely did not happen, or a
 * Refusal (`engine_unreachable`, `unsupported_stack`).
 */
import type { OtherTargets } from '../fault/contribution.ts';
import type { Comparison } from '../fault/difference.ts';
import type { Effect, LiveEffect, Reading } from '../fault/effect.ts';
import type { Guard } from '../fault/guards.ts';
import type { Instance, InstanceRow } from '../fault/instance.ts';
import type { ProgramResult } from '../system/program.ts';
import type { Command } from '../terms/command.ts';

/**
 * One thing of an instance that can be disturbed: its life, its network, its CPU. What disturbs it is the set of live
 * effects on it: an ability makes exactly a set so, and tells which of a set are in force.
 */
export interface Ability {
  /** Why such an effect cannot be had on the target, for plans and refusals; null: it can. Changes nothing of the target. */
  whyNot(target: Instance, effect: Effect): Promise<Hindrance | null>;
  /**
   * The effect as it will be on this very target, with what only a look can tell and undoing it will need (which processes,
   * on which volume): it is recorded so with the intent. Changes nothing. `live`: what of this ability is on the target already.
   * An ability without it needs no more than the effect says. Throws Refusal, or EngineError.
   */
  bind?(target: Instance, effect: Effect, live: readonly LiveEffect[]): Promise<Effect>;
  /**
   * Makes exactly these effects so on the instance, and no others of ours; none: as it was before. Idempotent. The caller
   * has recorded its intent, and nobody else of ours acts on the instance meanwhile. `undone`: what is to be taken off, for an
   * ability that cannot find it by itself; it may never have happened. Throws EngineError.
   */
  set(
    target: Instance,
    effects: readonly LiveEffect[],
    undone?: readonly LiveEffect[],
  ): Promise<void>;
  /**
   * How each of the effects stands, in their order. `now`: the instance as it was found a moment ago. `meant`: all of this
   * ability that are to be in force on it, for one that can only see what they come to together.
   */
  read(
    now: Instance,
    effects: readonly LiveEffect[],
    meant?: readonly LiveEffect[],
  ): Promise<Reading[]>;
  /** What of an effect in force can be measured on the target, with its figure, as a sentence without a full stop. Absent: nothing. */
  measure?(target: Instance, effect: Effect): Promise<string>;
  /** For how many ms after it was asked for an effect may still come, whoever asked for it being dead by then. */
  settleMs(target: Instance, effect: Effect): number;
  /**
   * What the effects rest on beside the target (the addresses of its peers), as one word: when it changes while they are in
   * force, they are to be made so again. Null: on nothing. An ability without it rests on nothing.
   */
  restsOn?(target: Instance, effects: readonly LiveEffect[]): Promise<string | null>;
}

/** Why something cannot be had, after "cannot be …: ", and the next thing to do or to type. */
export interface Hindrance {
  why: string;
  next: string;
  /** The user may insist on it with this word. */
  guard?: Guard;
}

export type ByHand = 'start' | 'restart' | 'unpause' | 'recreate';

export interface Engine {
  /** Of the row that it was opened by: `compose`, `process`. */
  readonly kind: string;
  /** The Compose project, or the story's name. */
  readonly project: string;
  /** What the journal keeps beyond that, so that the stack is found again without its files; JSON. No secrets: it is shown. */
  readonly spec: unknown;
  /** The docker context and the address by which it is reached; absent: it is this machine itself. */
  readonly reachedBy?: readonly string[];
  /** For people: `Docker 28.2 at unix:///var/run/docker.sock`. */
  describe(): Promise<string>;
  /** Tells this engine from every other one, wherever it is reached; null where it does not say. */
  identity(): Promise<string | null>;
  /** The engine's own clock, ISO; for a local engine of processes, ours. */
  clock(): Promise<string>;
  /** Every instance of the stack, running or not, ordered by service and number. */
  list(signal?: AbortSignal): Promise<InstanceRow[]>;
  /** Names of the services of the stack's model, also of those that have no instance now. Only for hints; may be empty. */
  services(): Promise<string[]>;
  /**
   * What a person types to have services of the stack run again, begin anew, go on, or be made anew; of none: the whole stack.
   * Null: there is no such command.
   */
  byHand(how: ByHand, services: readonly string[]): string | null;
  /** Instances that are known from elsewhere, so that a look at one of them need not find it among all. Absent: it never has to. */
  recall?(instances: readonly InstanceRow[]): void;
  /** One instance by its full id; null when it no longer exists, or its owner has given it up. */
  inspect(id: string, signal?: AbortSignal): Promise<Instance | null>;
  /**
   * Of engines that replace instances: how one ended that its owner has given up, as long as anything of it is left; null:
   * nothing is. For evidence alone. Absent: what is given up is gone.
   */
  remains?(id: string, signal?: AbortSignal): Promise<Instance | null>;
  /**
   * Of engines that replace instances: how many the owner of this one is to have now, whatever it has. Counting those that
   * it has is not asked of the engine: its own figures lag behind.
   */
  wanted?(target: Instance, signal?: AbortSignal): Promise<number>;
  /**
   * What else than an instance can be a target, by the word of a kind's `targets`; `inspect` knows their ids. Nodes have the
   * service `node` and are numbered in the order of their names; services have the number 0. Absent: there is no such thing.
   */
  readonly others?: Readonly<Partial<Record<OtherTargets, ListTargets>>>;
  /**
   * How every container of the stack differs from how the stack says that it is made. Looks only. Absent: its instances are
   * no containers that somebody could have changed by hand, or another program keeps them as they are to be. `inside`: also
   * into the network of each, which takes a helper container each.
   */
  compare?(options: { inside: boolean }): Promise<Comparison>;
  /** Of engines that several machines reach: keeps other runs from breaking the same stack. Absent: one machine alone does. */
  readonly claim?: Claim;
  /** By what stands in `on` of an effect. */
  readonly abilities: Readonly<Record<string, Ability>>;
  /** Last lines of the instance's output, oldest first, without control characters; only those after `since`, a word of `logMark`. */
  logs(id: string, lines: number, since?: string): Promise<string[]>;
  /** Where the output of every instance stands at this moment. What the word means is the engine's own; it holds across commands. */
  logMark(): Promise<string>;
  /**
   * Of engines with addresses that have a meaning inside of them alone: a way to this one from here, which is kept until the engine is
   * closed. Null: it is reached as it stands. Absent: all are. Throws EngineError, Refusal.
   */
  reach?(host: string, port: number): Promise<Way | null>;
  /** Runs a program of the story beside the stack, with the variables that `docker compose` reads set for it. Never rejects for its exit code. */
  run(
    command: Command,
    options: { timeout_ms: number; signal?: AbortSignal },
  ): Promise<ProgramResult>;
  /** Removes what a command that was killed made beside these instances, and nobody waits for. Never rejects. Absent: nothing is made beside them. */
  removeStrays?(): Promise<void>;
  /** Null where the stack is the team's own; else gameday starts and stops it. */
  readonly owned: OwnedStack | null;
  close(): void;
}

/** An address of this machine that leads to one of the stack. */
export interface Way {
  host: string;
  port: number;
  /** Whether at some time in between the way itself was cut, and not what it leads to. Epoch ms. Null: that is not known yet. */
  wasCutBetween(fromMs: number, toMs: number): boolean | null;
}

/** A run as others are told of it. */
export interface Claimant {
  /** No other run has the same, on whichever machine. */
  run: string;
  /** User, machine and folder. There is one writer to a folder, so that an earlier run of it has ended. */
  who: string;
}

/** Where the account may not hold a claim there is none, and `story doctor` says so. */
export interface Claim {
  /** Has it for this long from now, also where this run has it already. Throws Refusal `stack_claimed` where another run does; EngineError. */
  take(claimant: Claimant, holdMs: number): Promise<void>;
  /** That of another run stays. Idempotent. */
  release(claimant: Claimant): Promise<void>;
}

export type ListTargets = (signal?: AbortSignal) => Promise<InstanceRow[]>;

/** A stack that gameday itself brings up and down. */
export interface OwnedStack {
  /** Idempotent. */
  up(signal?: AbortSignal): Promise<void>;
  /** Takes down what `up` started. Idempotent. */
  down(): Promise<void>;
}
