/** What an event of the journal says to a person who reads what happened so far: a sentence, or nothing. Pure. */

import { label } from '../../fault/instance.ts';
import { describeVerified } from '../../impact/verified.ts';
import type { Event, EventOf } from '../../run/events.ts';
import type { Found } from '../../run/found.ts';
import { stateOf } from '../../run/judged-item.ts';
import type { Run } from '../../run/run.ts';
import { formatDuration } from '../../terms/duration.ts';
import { repeatWords } from '../schedule-results.ts';
import { sayEvent } from './event.ts';
import { sayFound } from './found.ts';
import { sayHypothesis } from './judged.ts';

export interface Happened {
  text: string;
  tone: 'plain' | 'good' | 'bad';
}

/** Null: it says nothing that another event does not say. */
export function sayHappened(event: Event, run: Run): Happened | null {
  const plain = (text: string): Happened => ({ text, tone: 'plain' });
  switch (event.type) {
    case 'run.started':
      return plain(`run ${event.run} of ${event.story.name} begins`);
    case 'stack.started':
      return plain('the services are up');
    case 'stack.stopped':
      return plain('the services are stopped');
    case 'chapter.entering':
      return plain(`${titleOf(event, run)}${event.cause === 'retry' ? ', again' : ''}`);
    case 'chapter.failed':
      return { text: `${titleOf(event, run)} failed: ${event.message}`, tone: 'bad' };
    case 'chapter.cancelled':
      return plain(`${titleOf(event, run)} cancelled`);
    case 'chapter.left':
      return plain(`back from ${titleOf(event, run)}`);
    case 'action.done':
      return sayAction(event);
    case 'workload.started':
      return plain(
        event.simulated
          ? 'simulated workload: nothing is measured'
          : `${event.kind} workload starts`,
      );
    case 'workload.stopped':
      return plain(`workload stopped: ${event.reason}`);
    case 'workload.verified':
      return plain(describeVerified(event.verified));
    case 'run.finished':
      return plain('the run is over');
    case 'steady_state.checked':
      return sayChecked(event);
    default:
      return sayFault(event, run);
  }
}

function sayFault(event: Event, run: Run): Happened | null {
  switch (event.type) {
    case 'fault.injecting': {
      const targets = event.effects.map(({ target }) => label(target)).join(', ');
      return { text: `${event.fault}: ${event.words.doing} ${targets}`, tone: 'bad' };
    }
    case 'fault.injected': {
      const done = run.faults.find(({ id }) => id === event.fault)?.words.done ?? 'injected';
      const targets = event.targets.map(label).join(', ');
      const text = `${event.fault}: ${targets} ${done} in ${formatDuration(event.took_ms)}`;
      return { text: [text, ...(event.measured ?? [])].join('; '), tone: 'bad' };
    }
    case 'fault.recovering': {
      const by = event.by === 'watchdog' ? ' by the watchdog' : '';
      return { text: `${event.fault}: recovering${by}`, tone: 'plain' };
    }
    case 'fault.unverified':
      return { text: `${event.fault} not verified: ${event.reason}`, tone: 'bad' };
    case 'fault.recovered':
      return event.outcome === 'closed'
        ? { text: `${event.fault} closed: ${event.reason}`, tone: 'plain' }
        : {
            text: `${event.fault} recovered in ${formatDuration(event.took_ms)}: ${event.reason}`,
            tone: 'good',
          };
    case 'schedule.started':
      return { text: `${event.schedule} begins: ${repeatWords(event)}`, tone: 'bad' };
    case 'schedule.skipped':
    case 'schedule.ended':
      return { text: sayEvent(event) as string, tone: 'plain' };
    case 'hypothesis.checked': {
      const tones = { met: 'good', deviated: 'bad', not_measured: 'plain' } as const;
      return { text: sayHypothesis(event), tone: tones[stateOf(event.items)] };
    }
    default: {
      const text = sayEvent(event);
      return text === null ? null : { text, tone: 'bad' };
    }
  }
}

/** Faults and recoveries have events of their own. */
function sayAction({ found }: EventOf<'action.done'>): Happened | null {
  if (!found || found.found === 'fault' || found.found === 'recovered') return null;
  // One that a later gameday found has no sentence here.
  const text = sayFound(found as Found) as string | undefined;
  return text === undefined ? null : { text, tone: 'plain' };
}

function sayChecked({ when, fault, items }: EventOf<'steady_state.checked'>): Happened | null {
  const unmet = items.filter(({ met }) => !met).map(({ text }) => text);
  if (unmet.length === 0 || when === 'before') return null;
  const of = fault === null ? '' : ` ${fault}`;
  return { text: `steady state not met ${when}${of}: ${unmet.join('; ')}`, tone: 'bad' };
}

function titleOf({ chapter, index }: { chapter: string; index: number }, { story }: Run): string {
  const title = story.chapters.find(({ id }) => id === chapter)?.title ?? chapter;
  return `[${index + 1}/${story.chapters.length}] ${title}`;
}
