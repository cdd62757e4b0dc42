/**
 * What a command would do, as plain data: `--dry-run` prints it, the tasks announce it. Nothing of the story is run
 * to make a plan, so what only a program of the story can tell (`pick: command`) is said to be open.
 */

import { formatAmount } from '../fault/amount.ts';
import { namesOf } from '../fault/candidates.ts';
import type { Left } from '../fault/guards.ts';
import { label } from '../fault/instance.ts';
import { describeWorkload } from '../story/describe-workload.ts';
import type { Action, InjectSpec, Story } from '../story/story.ts';
import type { Command } from '../terms/command.ts';
import { formatDuration } from '../terms/duration.ts';
import { Refusal } from '../terms/outcomes.ts';
import { chooseTargets, type Limits, type World } from './choice.ts';
import { leadersAsked } from './leaders.ts';
import { faultsMeant, type Meant, type Run } from './run.ts';

export type { World } from './choice.ts';

export interface PlanStep {
  /** What is done: `kill redis-2`. */
  action: string;
  targets: { label: string; name: string; id: string }[];
  /** Of a fault: what it would leave of each service that it hits. */
  left: Left[];
  /** What is done to them: `killing`; null where it is no fault. */
  doing: string | null;
  /** How it is undone; null where nothing is left to undo. */
  undo: string | null;
  /** Why it would be refused now, else null. */
  refused: { code: string; message: string; next: string } | null;
}

export interface Plan {
  title: string;
  steps: PlanStep[];
}

export function planInject(spec: InjectSpec, story: Limits, world: World): PlanStep {
  const step: PlanStep = {
    action: describeInject(spec),
    targets: [],
    left: [],
    doing: spec.words.doing,
    undo: `${spec.words.undo} the same target`,
    refused: null,
  };
  if (spec.duration_ms !== null)
    step.undo += ` after ${formatDuration(spec.duration_ms)}, by the watchdog`;
  if (spec.pick.by === 'command')
    return {
      ...step,
      undo: `${step.undo} (which one, the story's pick command says when the countdown reaches zero)`,
    };
  try {
    const asked = spec.pick.by === 'leader' ? leadersAsked(spec, story.leader, world.rows) : [];
    if (asked.length > 0) {
      const who = asked.map(({ of }) => `who leads ${of.join(', ')}`).join(' and ');
      return {
        ...step,
        undo: `${step.undo} (${who}, is asked when the countdown reaches zero)`,
      };
    }
    const seed = spec.seed ?? world.seed;
    const { chosen, left } = chooseTargets(spec, story, { ...world, seed }, null);
    const targets = chosen.map((row) => ({ label: label(row), name: row.name, id: row.id }));
    return { ...step, targets, left };
  } catch (error) {
    return { ...step, refused: refusalOf(error) };
  }
}

export function refusalOf(error: unknown): NonNullable<PlanStep['refused']> {
  if (!(error instanceof Refusal)) throw error;
  return { code: error.code, message: error.message, next: error.next };
}

export function planAction(action: Action, story: Story, world: World): PlanStep {
  const plain = (action: string, undo: string | null = null): PlanStep => ({
    action,
    targets: [],
    left: [],
    doing: null,
    undo,
    refused: null,
  });
  switch (action.do) {
    case 'inject':
      return planInject(action.inject, story, world);
    case 'recover':
      try {
        return planRecover(action.fault, world.run);
      } catch (error) {
        return { ...plain(describeAction(action)), refused: refusalOf(error) };
      }
    case 'workload':
      if (action.to === 'start' && story.workload)
        return plain(
          `start the workload: ${describeWorkload(story.workload)}`,
          'stop the workload',
        );
      return plain(
        `${action.to} the ${story.workload?.kind ?? ''} workload`.replace('  ', ' '),
        action.to === 'start' ? 'stop the workload' : null,
      );
    default:
      return plain(describeAction(action));
  }
}

/** Throws Refusal `unknown_fault`. */
export function planRecover(which: Meant, run: Run | null): PlanStep {
  const faults = run ? faultsMeant(run, which) : [];
  const targets = faults.flatMap((fault) =>
    fault.targets.map((target) => ({ label: label(target), name: target.name, id: target.id })),
  );
  const action = faults.length
    ? faults
        .map(
          (fault) =>
            `recover ${fault.id} (${fault.kind} ${fault.targets.map(label).join(', ')}): ${fault.words.undo}, wait until healthy`,
        )
        .join('; then ')
    : 'recover: no fault is live';
  return { action, targets, left: [], doing: null, undo: null, refused: null };
}

/** `kill one random instance of redis, after a countdown of 3s`. */
export function describeInject(spec: InjectSpec): string {
  const names = namesOf(spec.service);
  const scope = names.length > 0 ? `of ${names.join(' and ')}` : 'of any service';
  const bearing = spec.labels.length > 0 ? ` with the label ${spec.labels.join(' and ')}` : '';
  const except = spec.exclude.length > 0 ? ` except ${spec.exclude.join(', ')}` : '';
  const after = spec.countdown_ms
    ? `, after a countdown of ${formatDuration(spec.countdown_ms)}`
    : '';
  return `${spec.kind} ${describeChoice(spec)} ${scope}${bearing}${except}${after}`;
}

function describeChoice({ pick, count }: InjectSpec): string {
  if (pick.by === 'all') return 'every instance';
  if (pick.by === 'command') return `the instance that \`${describeCommand(pick.command)}\` names`;
  if (pick.by === 'leader') return 'the leader';
  if (count === 1) return pick.by === 'random' ? 'one random instance' : `the ${pick.by} instance`;
  const which = pick.by === 'random' ? 'random' : pick.by;
  if (typeof count !== 'number') return `${formatAmount(count)} of the instances (${which})`;
  return pick.by === 'random' ? `${count} random instances` : `the ${count} ${pick.by} instances`;
}

/** One line for a step of a chapter. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'inject':
      return describeInject(action.inject);
    case 'recover':
      return action.fault === 'all'
        ? 'recover every live fault, last in first out'
        : `recover ${action.fault}`;
    case 'workload':
      return `${action.to} the workload`;
    case 'probe':
      return `probe ${action.probe.name}`;
    case 'detect':
      return 'detect: what noticed the fault, and after how long';
    case 'diagnose':
      return 'diagnose: collect the evidence';
    case 'run':
      return `run \`${describeCommand(action.command)}\``;
    case 'wait':
      return `wait ${formatDuration(action.delay_ms)}`;
  }
}

function describeCommand(command: Command): string {
  return 'shell' in command ? command.shell : command.argv.join(' ');
}
