/**
 * The port to the world that is broken. Two engines stand behind it and pass one contract suite (test/engine).
 * An engine knows nothing of stories, faults or journals: it lists, looks closely, and does one operation to one instance.
 * Every failure is an EngineError that says whether it surely did not happen, or a Refusal (`engine_unreachable`, `unsupported_stack`).
 */

import type { Instance, InstanceRow, Operation } from '../fault/instance.ts';
import type { ProgramResult } from '../system/program.ts';
import type { Command } from '../terms/command.ts';

export interface Engine {
  readonly kind: 'compose' | 'process';
  /** The Compose project, or the story's name. */
  readonly project: string;
  /** Absolute: the Compose files whose containers alone are the stack. Empty or absent: every instance of the project is. */
  readonly madeFrom?: readonly string[];
  /** For people: `Docker 28.2 at unix:///var/run/docker.sock`. */
  describe(): Promise<string>;
  /** The engine's own clock, ISO; for a local engine of processes, ours. */
  clock(): Promise<string>;
  /** Every instance of the stack, running or not, ordered by service and number. */
  list(signal?: AbortSignal): Promise<InstanceRow[]>;
  /** Names of the services of the stack's model, also of those that have no instance now. Only for hints; may be empty. */
  services(): Promise<string[]>;
  /** One instance by its full id; null when it no longer exists. */
  inspect(id: string, signal?: AbortSignal): Promise<Instance | null>;
  /**
   * Does one operation and returns when the engine confirms it. Idempotent. The caller has recorded its intent.
   * `target` is the instance as it was recorded: an engine refuses (definite EngineError) to signal anything else that now bears its pid.
   */
  perform(operation: Operation, target: Instance): Promise<void>;
  /** Last lines of the instance's output, oldest first, without control characters; only those after `since`, a word of `logMark`. */
  logs(id: string, lines: number, since?: string): Promise<string[]>;
  /** Where the output of every instance stands at this moment. What the word means is the engine's own; it holds across commands. */
  logMark(): Promise<string>;
  /** Runs a program of the story beside the stack, with the variables that `docker compose` reads set for it. Never rejects for its exit code. */
  run(
    command: Command,
    options: { timeout_ms: number; signal?: AbortSignal },
  ): Promise<ProgramResult>;
  /** Brings the stack up, for an engine that owns it (process); a no-op where the stack is the team's own. Idempotent. */
  up(signal?: AbortSignal): Promise<void>;
  /** Takes down what `up` started. Idempotent. */
  down(): Promise<void>;
  close(): void;
}
