/**
 * How long a show takes, told from the story alone: what is read aloud, what is waited for, and how long each action may
 * take at most by the story's own limits. Pure; an estimate, since presenters talk and stacks differ.
 */
import type { Action, Chapter, Story } from './story.ts';

/** Read aloud at 150 words a minute. */
const WORD_MS = 400;
/** What an action takes where nothing has to be waited for: a call to the engine, a look over the network. */
const CALL_MS = 500;
const START_LOAD_MS = 1000;
/** What a container needs to come back, in many stacks; those with a slow health check take longer. */
const COME_BACK_MS = 5000;
const NOTICE_MS = 2000;

interface Span {
  /** Where nothing goes wrong. */
  typical_ms: number;
  /** Where everything takes as long as the story lets it. */
  longest_ms: number;
}

export interface ChapterEstimate extends Span {
  id: string;
  /** Part of both figures. */
  reading_ms: number;
}

export interface Estimate extends Span {
  reading_ms: number;
  chapters: ChapterEstimate[];
}

export function estimateStory({ chapters, steady_state }: Pick<Story, 'chapters' | 'steady_state'>): Estimate {
  let live = 0;
  const estimates = chapters.map((chapter) => {
    const spans = chapter.on_enter.map((action) => {
      const span = spanOf(action, live, steady_state.recover_within_ms);
      live = liveAfter(action, live);
      return span;
    });
    return estimate(chapter, spans);
  });
  return { ...sum(estimates), reading_ms: estimates.reduce((total, { reading_ms }) => total + reading_ms, 0), chapters: estimates };
}

function estimate({ id, title, narration }: Chapter, spans: Span[]): ChapterEstimate {
  const reading_ms = `${title} ${narration}`.split(/\s+/).filter(Boolean).length * WORD_MS;
  return { id, reading_ms, ...sum([...spans, { typical_ms: reading_ms, longest_ms: reading_ms }]) };
}

function sum(spans: readonly Span[]): Span {
  return {
    typical_ms: spans.reduce((total, span) => total + span.typical_ms, 0),
    longest_ms: spans.reduce((total, span) => total + span.longest_ms, 0),
  };
}

/** `live`: how many faults are live when it begins. */
function spanOf(action: Action, live: number, recoverWithinMs: number): Span {
  const upTo = (typicalMs: number, longestMs: number): Span => ({ typical_ms: Math.min(typicalMs, longestMs), longest_ms: longestMs });
  switch (action.do) {
    case 'inject':
      return upTo(action.inject.countdown_ms + CALL_MS, action.inject.countdown_ms + CALL_MS);
    case 'recover': {
      const faults = action.fault === 'all' ? live : Math.min(live, 1);
      return upTo(faults * COME_BACK_MS, faults * recoverWithinMs);
    }
    case 'workload':
      return action.to === 'start' ? upTo(START_LOAD_MS, START_LOAD_MS) : upTo(CALL_MS, CALL_MS);
    case 'probe':
      return upTo(CALL_MS, action.probe.retry_for_ms + action.probe.timeout_ms);
    case 'detect':
      return upTo(NOTICE_MS, action.within_ms);
    case 'diagnose':
      return upTo(CALL_MS, CALL_MS);
    case 'run':
      return upTo(CALL_MS, action.timeout_ms);
    case 'wait':
      return upTo(action.delay_ms, action.delay_ms);
  }
}

function liveAfter(action: Action, live: number): number {
  if (action.do === 'inject') return live + 1;
  if (action.do !== 'recover') return live;
  return action.fault === 'all' ? 0 : Math.max(0, live - 1);
}
