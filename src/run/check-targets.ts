/**
 * What the faults of a story would hit now. Pure; compares a story with one look at the stack. What a program of
 * the story would choose stays open, since a check runs nothing.
 */

import { isCalled, namesOf } from '../fault/candidates.ts';
import type { Left } from '../fault/guards.ts';
import type { InstanceRow } from '../fault/instance.ts';
import type { InjectSpec, Story } from '../story/story.ts';
import { closest } from '../terms/closest.ts';
import { planInject, type World } from './plan.ts';

export interface TargetCheck {
  /** Id of the chapter. */
  chapter: string;
  action: string;
  /** Labels; empty where it is not known or nothing matches. */
  targets: string[];
  /** What it would leave of the services that it hits; while chance has not chosen yet, as it would choose now. */
  left: Left[];
  /** What is done to them: `killing`. */
  doing: string | null;
  /** All of them, not one or some. */
  exact: boolean;
  /** Why it would be refused now, else null. */
  refused: { code: string; message: string; next: string } | null;
  /** Nothing on the stack's side will change that: the story is wrong. */
  wrong: boolean;
}

/** One for each fault, in their order. `world`: null where the stack could not be looked at, or is down. */
export function checkTargets(story: Story, world: World | null): TargetCheck[] {
  return story.chapters.flatMap((chapter) =>
    chapter.on_enter.flatMap((action) =>
      action.do === 'inject'
        ? [{ chapter: chapter.id, ...checkFault(action.inject, story, world) }]
        : [],
    ),
  );
}

function checkFault(
  spec: InjectSpec,
  story: Story,
  world: World | null,
): Omit<TargetCheck, 'chapter'> {
  const unseen: World = {
    rows: [],
    run: null,
    project: story.name,
    reachedBy: [],
    startCommand: null,
    unpauseCommand: null,
    halt: null,
    seed: 0,
  };
  const step = planInject(spec, story, world ?? unseen);
  const open = {
    action: step.action,
    targets: [],
    left: [],
    doing: step.doing,
    exact: false,
    refused: null,
    wrong: false,
  };
  if (world === null || world.rows.length === 0) return open;
  if (step.refused) return { ...open, refused: step.refused, wrong: isWrong(spec, story, world) };
  const drawn = spec.pick.by === 'random' && spec.seed === null;
  // Chance has not chosen yet: everything that it could choose is shown.
  const whole = drawn
    ? planInject(
        { ...spec, pick: { by: 'all' }, overrule: [...spec.overrule, 'last_healthy'] },
        { ...story, blast_radius: { max_targets: null, max_unavailable: { share: 1 } } },
        world,
      )
    : step;
  const targets = whole.targets.map((target) => target.label);
  return {
    ...open,
    targets,
    exact: targets.length > 0 && targets.length <= step.targets.length,
    left: step.left,
  };
}

/** A service that is stopped, unwell, or held by a fault, is the stack's business of this moment. */
function isWrong(spec: InjectSpec, story: Story, world: World): boolean {
  const rows = world.rows.map((row) => ({ ...row, state: 'running', health: 'none' as const }));
  return planInject(spec, story, { ...world, rows, run: null, halt: null }).refused !== null;
}

/** What the story names and `known` has not, with the nearest name. `lack`: why it matters, as "has no instance now". `rows`: a fault may name one of them as the engine does. */
export function checkNames(
  story: Story,
  known: readonly string[],
  lack: string,
  rows: readonly InstanceRow[] = [],
): string[] {
  const actions = story.chapters.flatMap(({ on_enter }) => on_enter);
  const probes = [
    ...story.steady_state.probes,
    ...actions.flatMap((action) => (action.do === 'probe' ? action.probe : [])),
  ];
  const named = [
    ...actions.flatMap((action) =>
      action.do === 'inject'
        ? [...namesOf(action.inject.service), ...action.inject.exclude]
            .filter((name) => !rows.some((row) => isCalled(row, name)))
            .map((name) => ['A fault names', name] as const)
        : [],
    ),
    ...story.leader.flatMap(({ of }) => of).map((name) => ['`leader:` names', name] as const),
    ...story.protect.map((name) => ['The story protects', name] as const),
    ...probes.flatMap((probe) =>
      (probe.look === 'container' || probe.look === 'log') && probe.service !== null
        ? [['A probe looks at', probe.service] as const]
        : [],
    ),
  ];
  const isKnown = (name: string) =>
    known.includes(name) || known.includes(name.replace(/-\d+$/, ''));
  return [
    ...new Set(
      named
        .filter(([, name]) => !isKnown(name))
        .map(([what, name]) => say(what, name, known, lack)),
    ),
  ];
}

function say(what: string, name: string, known: readonly string[], lack: string): string {
  const near = closest(name, known);
  return `${what} ${name}, which ${lack}.${near ? ` Did you mean ${near}?` : ''}`;
}
