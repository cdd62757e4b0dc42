/** What people and their tools are told of a run, out of all that happens in it: data, no sentences. Pure. */
import { label } from '../fault/instance.ts';
import type { OccasionName } from '../story/outlet-spec.ts';
import { redactTexts } from '../story/redact-story.ts';
import type { Event } from './events.ts';
import type { Outgoing } from './outgoing.ts';
import { type Fault, liveFaults, type Run } from './run.ts';

export interface OccasionFault {
  /** Null of one that is only about to be. */
  id: string | null;
  kind: string;
  /** What is done to it: `killed`. */
  done: string;
  targets: string[];
  injecting_at: string | null;
  recovered_at: string | null;
  outcome: Fault['outcome'];
}

export interface Occasion {
  /** `before_inject`: what a program of the story is asked. */
  occasion: OccasionName | 'before_inject';
  /** ISO. */
  at: string;
  run: string;
  story: string;
  /** Where the run stands; of the chapter that is entered, that one. */
  chapter: { id: string; title: string; number: number; of: number } | null;
  /** The one that it is about. */
  fault: OccasionFault | null;
  /** The ids of all that are live then. */
  live: string[];
  /** Why, or how: figures, a reason, an error. */
  detail: string | null;
}

/** Errors after which what is live was not meant to be: deviated, not verified, uncertain, a signal. */
const LEFT_LIVE: readonly number[] = [7, 8, 9, 129, 130, 143];

/** Those of one transition, as they come. Each deviation is told once, though an error repeats what an event has said. */
export class Occasions {
  readonly #known: ReadonlySet<string>;
  #isDeviationSaid = false;

  /** `known`: ids of the faults that were already said to be live when the transition began. */
  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** `run`: as it stands after it. `nowIso`: for what has no time of its own. */
  of(outgoing: Outgoing, run: Run, nowIso: string): Occasion[] {
    if (outgoing.type === 'recorded') {
      const { event } = outgoing;
      const found = ofEvent(event, run, makerOf(run, event.at));
      const isSaid = found.some(({ occasion }) => occasion === 'deviated');
      this.#isDeviationSaid ||= isSaid || event.type === 'hypothesis.told';
      return found;
    }
    if (outgoing.type !== 'released' || !outgoing.error) return [];
    const { error, live } = outgoing;
    const make = makerOf(run, nowIso);
    const isNew = live.some(({ fault }) => !this.#known.has(fault));
    const detail = error.message;
    return [
      ...(error.code === 'deviated' && !this.#isDeviationSaid
        ? [make('deviated', { detail })]
        : []),
      ...(LEFT_LIVE.includes(error.exit) && isNew ? [make('still_live', { detail })] : []),
    ];
  }
}

/** What a program of the story is asked before a fault. `run`: as it stands then. */
export function askedOccasion(
  run: Run,
  about: { kind: string; done: string; targets: string[] },
  at: string,
): Occasion {
  const fault = { ...about, id: null, injecting_at: null, recovered_at: null, outcome: null };
  return makerOf(run, at)('before_inject', { fault });
}

type Make = (occasion: Occasion['occasion'], more?: Partial<Occasion>) => Occasion;

function makerOf(run: Run, at: string): Make {
  return (occasion, more = {}) =>
    redactTexts({
      occasion,
      at,
      run: run.id,
      story: run.story.name,
      chapter: chapterOf(run, run.position.chapter),
      fault: null,
      live: liveFaults(run).map(({ id }) => id),
      detail: null,
      ...more,
    });
}

function ofEvent(event: Event, run: Run, make: Make): Occasion[] {
  switch (event.type) {
    case 'run.started':
      return [make('run_started')];
    case 'chapter.entering':
      return [make('chapter_entered', { chapter: chapterOf(run, event.chapter) })];
    case 'fault.injected':
      return [make('fault_injected', { fault: faultOf(run, event.fault) })];
    case 'fault.recovered': {
      if (event.outcome === 'never_happened') return [];
      const fault = faultOf(run, event.fault);
      return [make('fault_recovered', { fault, detail: event.reason })];
    }
    case 'run.aborted':
      return [make('aborted', { detail: `${event.measured} (abort_if: ${event.condition})` })];
    case 'hypothesis.checked': {
      const unmet = event.items.filter(({ state }) => state === 'deviated');
      if (unmet.length === 0) return [];
      const chapter = chapterOf(run, event.chapter);
      return [make('deviated', { chapter, detail: unmet.map(({ text }) => text).join('; ') })];
    }
    case 'run.halted':
      return [make('halted', { detail: event.reason })];
    case 'run.finished':
      return [make('run_ended')];
    default:
      return [];
  }
}

function faultOf({ faults }: Run, id: string): OccasionFault | null {
  const fault = faults.find((each) => each.id === id);
  if (!fault) return null;
  const { kind, words, targets, injecting_at, recovered_at, outcome } = fault;
  return {
    id,
    kind,
    done: words.done,
    targets: targets.map(label),
    injecting_at,
    recovered_at,
    outcome,
  };
}

function chapterOf({ story }: Run, id: string | null): Occasion['chapter'] {
  const index = story.chapters.findIndex((chapter) => chapter.id === id);
  const title = story.chapters[index]?.title;
  if (id === null || title === undefined) return null;
  return { id, title, number: index + 1, of: story.chapters.length };
}
