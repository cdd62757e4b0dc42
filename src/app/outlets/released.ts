/** How a transition, or a command, ended, as it is told outside. */
import { label } from '../../fault/instance.ts';
import type { EndedBy, Outgoing } from '../../run/outgoing.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { CODES, type ErrorReport, errorReport } from '../../terms/outcomes.ts';

/** `error`: whatever the transition threw; null: all went well. */
export function released(run: Run | null, error: unknown): Extract<Outgoing, { type: 'released' }> {
  const live = (run ? liveFaults(run) : []).map(({ id, kind, targets }) => ({
    fault: id,
    kind,
    targets: targets.map(label),
  }));
  return { type: 'released', error: error === null ? null : endedBy(reportOf(error)), live };
}

/** `exit`: of a command that did not fail. */
export function endedWith(
  error: ErrorReport | null,
  exit: number,
): Extract<Outgoing, { type: 'ended' }> {
  return {
    type: 'ended',
    exit: error?.exit ?? exit,
    error: error && endedBy(error),
  };
}

function reportOf(error: unknown): ErrorReport {
  const { message } = error as Error;
  return errorReport(error) ?? { code: 'bug', message, next: 'story doctor', exit: CODES.bug.exit };
}

function endedBy({ code, message, next, exit }: ErrorReport): EndedBy {
  return { code, message, next, exit };
}
