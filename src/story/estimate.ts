/**
 * How long a show takes, told from the story alone: what is read aloud, what is waited for, and how long each action may
 * take at most by the story's own limits. Pure; an estimate, since presenters talk and stacks differ.
 */
import { RECOVER_WITHIN_MS } from '../impact/steady-state.ts';
import { leavesOpen } from '../terms/placeholders.ts';
import type { Action, Chapter, InjectSpec, Story } from './story.ts';

/** Read aloud at 150 words a minute. */
const WORD_MS = 400;
/** What an action takes where nothing has to be waited for: a call to the engine, a look over the network. */
const CALL_MS = 500;
const START_LOAD_MS = 1000;
/** One operation of a set-up, in many stacks, with several of them under way. */
const SET_UP_MS = 0.5;
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

export function estimateStory({
  chapters,
  steady_state,
  workload,
}: Pick<Story, 'chapters' | 'steady_state' | 'workload'>): Estimate {
  let live = 0;
  const starting = startOf(workload);
  const lookMs = Math.max(
    0,
    ...steady_state.probes.map((probe) => probe.retry_for_ms + probe.timeout_ms),
  );
  const estimates = chapters.map((chapter) => {
    const spans = chapter.on_enter.map((action) => {
      const span = spanOf(action, {
        live,
        recoverWithinMs: steady_state.recover_within_ms ?? RECOVER_WITHIN_MS,
        starting,
        lookMs,
      });
      live = liveAfter(action, live);
      return span;
    });
    return estimate(chapter, spans);
  });
  return {
    ...sum(estimates),
    reading_ms: estimates.reduce((total, { reading_ms }) => total + reading_ms, 0),
    chapters: estimates,
  };
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

/** How long a workload takes until it can be compared with: what it sets up, and its ramp to the end. */
function startOf(workload: Story['workload']): Span {
  const setUpMs = setUpOf(workload);
  const rampMs =
    workload !== null && 'ramp' in workload
      ? workload.ramp.reduce((sum, { over_ms }) => sum + over_ms, 0)
      : 0;
  return {
    typical_ms: START_LOAD_MS + setUpMs.typical_ms + rampMs,
    longest_ms: START_LOAD_MS + setUpMs.longest_ms + rampMs,
  };
}

function setUpOf(workload: Story['workload']): Span {
  if (workload === null || !('setup' in workload) || workload.setup === null)
    return { typical_ms: 0, longest_ms: 0 };
  if (workload.kind === 'command')
    return {
      typical_ms: Math.min(CALL_MS, workload.setup.timeout_ms),
      longest_ms: workload.setup.timeout_ms,
    };
  const { keys, setup } = workload;
  const operations = setup.reduce(
    (sum, each) => sum + (leavesOpen([JSON.stringify(each)], 'key') ? keys : 1),
    0,
  );
  return { typical_ms: operations * SET_UP_MS, longest_ms: operations * SET_UP_MS };
}

interface Situation {
  /** How many faults are live when it begins. */
  live: number;
  recoverWithinMs: number;
  /** What the start of the workload takes. */
  starting: Span;
  /** What the probes of the steady state take at most, side by side. */
  lookMs: number;
}

function spanOf(action: Action, { live, recoverWithinMs, starting, lookMs }: Situation): Span {
  const upTo = (typicalMs: number, longestMs: number): Span => ({
    typical_ms: Math.min(typicalMs, longestMs),
    longest_ms: longestMs,
  });
  switch (action.do) {
    case 'inject':
      // Under a live fault nobody asks whether the stack is well.
      return injectSpan(action.inject, live === 0 ? lookMs : 0);
    case 'recover': {
      const faults = action.fault === 'all' ? live : Math.min(live, 1);
      return upTo(faults * COME_BACK_MS, faults * recoverWithinMs);
    }
    case 'workload':
      return action.to === 'start' ? starting : upTo(CALL_MS, CALL_MS);
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

/** Of one that comes again, all of them: the chapter is over with the last. */
function injectSpan({ countdown_ms, repeat }: InjectSpec, lookMs: number): Span {
  const typical_ms = countdown_ms + CALL_MS + (repeat?.for_ms ?? 0);
  return { typical_ms, longest_ms: typical_ms + lookMs };
}

function liveAfter(action: Action, live: number): number {
  if (action.do === 'inject') return action.inject.repeat ? live : live + 1;
  if (action.do !== 'recover') return live;
  return action.fault === 'all' ? 0 : Math.max(0, live - 1);
}
