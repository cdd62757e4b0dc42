/**
 * What other programs may be told of a run while it goes on: the recorded events and the progress as they come, without what
 * may sign somebody in, and without lines of programs and logs, of which only the number is left. Pure.
 */
import { redactAction, redactTexts } from '../story/redact-story.ts';
import type { Event } from './events.ts';
import type { Evidence, Progress, RunnerEvent } from './progress.ts';

/** Counts changes of a line that a reader of before could not read. */
export const EVENTS_VERSION = 1;

/** Why a command, or one of its transitions, ended other than well. */
export interface EndedBy {
  code: string;
  message: string;
  /** To type next. */
  next: string;
  exit: number;
}

export interface LiveFault {
  fault: string;
  kind: string;
  targets: string[];
}

export type Outgoing =
  | RunnerEvent
  /** A transition has let go of the run; a command may make several of them. */
  | { type: 'released'; error: EndedBy | null; live: LiveFault[] }
  /** The command is over. */
  | { type: 'ended'; exit: number; error: EndedBy | null };

type Output = Extract<Evidence, { about: 'output' }>;
type Target = Extract<Evidence, { about: 'target' }>;

/** The lines of others, by their number. */
type Told =
  | Exclude<Evidence, Output | Target>
  | (Omit<Output, 'lines'> & { left_out: number })
  | (Omit<Target, 'logs'> & { left_out: number });

export type EventLine = { v: number; at: string; run: string | null } & (
  | { type: 'recorded'; event: Event }
  | Exclude<Progress, { type: 'evidence' }>
  | { type: 'evidence'; id: readonly (string | number)[]; evidence: Told }
  | Exclude<Outgoing, RunnerEvent>
);

/** `at`: ISO. `run`: the id of the run; null where none is known. */
export function eventLine(outgoing: Outgoing, at: string, run: string | null): EventLine {
  return redactTexts({ v: EVENTS_VERSION, at, run, ...withoutSecrets(outgoing) });
}

function withoutSecrets(outgoing: Outgoing) {
  switch (outgoing.type) {
    case 'evidence':
      return { ...outgoing, evidence: withoutLines(outgoing.evidence) };
    case 'step': {
      const { doing } = outgoing;
      if (doing.do !== 'action') return outgoing;
      return { ...outgoing, doing: { ...doing, action: redactAction(doing.action) } };
    }
    default:
      return outgoing;
  }
}

function withoutLines(evidence: Evidence): Told {
  switch (evidence.about) {
    case 'output': {
      const { lines, ...rest } = evidence;
      return { ...rest, left_out: lines.length };
    }
    case 'target': {
      const { logs, ...rest } = evidence;
      return { ...rest, left_out: logs.length };
    }
    default:
      return evidence;
  }
}
