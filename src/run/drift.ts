/**
 * Reality beats the ledger: what became of a target since its fault was recorded. Pure; compares two looks at it.
 * The identity of an incarnation is its start time: a target that runs with another one was restarted by somebody.
 */

import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import { faultKind } from '../fault/kinds/index.ts';
import { type Fault, isLive } from './run.ts';

export type Finding =
  /** As the journal says: the fault can be seen on the target. */
  | 'in_force'
  /** The intent is recorded, and the target is untouched. */
  | 'not_done'
  /** Undone without us: it runs, or runs again. */
  | 'restarted'
  /** Undone by the target's own restart policy, as this kind of fault expects. */
  | 'revived'
  | 'undone'
  /** Another container has its place (`docker compose up --force-recreate`). */
  | 'recreated'
  /** Gone, and nothing has its place. */
  | 'removed'
  /** In some third state. */
  | 'changed';

export interface Drift {
  target: string;
  finding: Finding;
  /** For people; empty when all is as recorded. */
  text: string;
}

/** `now` is the recorded target as it is by now (null: gone), `successor` a row that has its service and number instead. */
export function drift(
  fault: Fault,
  target: Instance,
  now: Instance | null,
  successor: InstanceRow | null,
): Drift {
  const name = label(target);
  const say = (finding: Finding, text: string): Drift => ({ target: name, finding, text });
  if (now === null) {
    if (successor)
      return say(
        'recreated',
        `${name} was recreated as ${successor.id.slice(0, 12)}, which is ${successor.state}`,
      );
    return say(
      'removed',
      `${name} (${target.id.slice(0, 12)}) was removed, and nothing has its place`,
    );
  }
  const kind = faultKind(fault.kind);
  if (now.started_at !== target.started_at) {
    if (now.state !== 'running')
      return say('changed', `${name} was restarted and is ${now.state} now`);
    if (kind.endsByItself(target))
      return say(
        'revived',
        `${name} was brought back by its restart policy "${target.restart_policy.name}"`,
      );
    return say('restarted', `somebody restarted ${name} at ${now.started_at}`);
  }
  if (kind.inForce(now)) return say('in_force', '');
  if (now.state === 'running') {
    if (fault.phase === 'injecting')
      return say('not_done', `${name} is untouched: the fault did not happen`);
    return say('undone', `${name} runs: somebody undid the fault`);
  }
  return say(
    'changed',
    `${name} is ${now.state}${now.exit_code === null ? '' : ` (exit code ${now.exit_code})`}`,
  );
}

/** The instance that has the place of a target which is gone. */
export function successorOf(target: Instance, rows: readonly InstanceRow[]): InstanceRow | null {
  return (
    rows.find(
      (row) =>
        row.service === target.service &&
        row.number === target.number &&
        row.id !== target.id &&
        row.untouchable === null,
    ) ?? null
  );
}

/** Instance id -> live fault, for the guard against breaking one target twice. */
export function heldTargets(faults: readonly Fault[]): Map<string, string> {
  const held = new Map<string, string>();
  for (const fault of faults)
    if (isLive(fault)) for (const target of fault.targets) held.set(target.id, fault.id);
  return held;
}
