/**
 * Whom a fault falls on and what that leaves: what the story allows and what the run has broken already, held against one
 * look at the stack. Pure.
 */

import type { Printed } from '../fault/candidates.ts';
import type { OtherTargets } from '../fault/contribution.ts';
import { type Left, leftOf } from '../fault/guards.ts';
import type { InstanceRow } from '../fault/instance.ts';
import { select } from '../fault/selectors.ts';
import type { InjectSpec, Story } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Halt, haltRefusal } from './halt.ts';
import { disturbed, type Run } from './run.ts';

export interface World {
  rows: readonly InstanceRow[];
  /** What else the engine has that can be a target. */
  others?: Readonly<Partial<Record<OtherTargets, readonly InstanceRow[]>>>;
  run: Run | null;
  project: string;
  /** As the engine says it of itself. */
  reachedBy: readonly string[];
  /** What a person types to start the stack; null: nothing does. */
  startCommand: string | null;
  /** What a person types to let go on what is paused; null: nothing does. */
  unpauseCommand: string | null;
  /** Somebody halted; null: faults may be injected. */
  halt: Halt | null;
  /** The seed a real run would draw now. */
  seed: number;
}

export interface Choice {
  /** In listing order. */
  chosen: InstanceRow[];
  left: Left[];
}

/** What the story says of targets. */
export type Limits = Pick<Story, 'protect' | 'leader' | 'blast_radius' | 'production'>;

/** `printed`: by the programs that the pick asks; null where it asks none. Throws Refusal. */
export function chooseTargets(
  spec: InjectSpec,
  { protect, blast_radius, production }: Limits,
  world: World,
  printed: readonly Printed[] | null,
): Choice {
  const { run, project, reachedBy, startCommand, unpauseCommand, halt, seed } = world;
  if (halt) throw haltRefusal(halt);
  const rows = rowsOf(spec, world);
  const broken = disturbed(run);
  const chosen = select(rows, spec, {
    project,
    protect,
    held: spec.holds === null ? new Map() : disturbed(run, spec.holds),
    disturbed: broken,
    maxTargets: blast_radius.max_targets,
    maxUnavailable: blast_radius.max_unavailable,
    production,
    reachedBy,
    startCommand,
    unpauseCommand,
    seed,
    printed,
  });
  return { chosen, left: leftOf(rows, chosen, broken) };
}

/** What a fault of this kind can be done to. Throws Refusal `unsupported_target` where the engine has no such thing. */
function rowsOf({ kind, targets }: InjectSpec, { rows, others }: World): readonly InstanceRow[] {
  if (targets === undefined) return rows;
  const found = others?.[targets];
  if (found) return found;
  throw new Refusal(
    'unsupported_target',
    `${kind} is done to ${targets}, and the engine of this stack has none that it could be done to.`,
    'fault kinds',
  );
}
