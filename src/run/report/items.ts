/**
 * What a run expected, and what was observed of it: each item is met, deviated or not measured. Pure. The thresholds and probes of
 * the steady state before, during and after each fault, what chapters looked at, every recovery, and the writes that were read back.
 */
import { describeVerified, isBroken, type Verified } from '../../impact/verified.ts';
import { expectedWords } from '../../story/describe-hypothesis.ts';
import type { Action, Story } from '../../story/story.ts';
import { formatDuration } from '../../terms/duration.ts';
import type { CheckedItem } from '../checked-item.ts';
import type { EventOf } from '../events.ts';
import type { JudgedItem } from '../judged-item.ts';
import { describeAction } from '../plan.ts';
import { type ItemSources, NOTHING, type ReportItem } from './item.ts';
import { missing, recovery } from './items-of-fault.ts';

/** Chapter by chapter; those of none come last. */
export function itemsOf(sources: ItemSources): ReportItem[] {
  const { events, faults, story } = sources;
  const chapterOfFault = new Map(faults.map(({ id, chapter }) => [id, chapter]));
  let chapter: string | null = null;
  const items: ReportItem[] = [];
  for (const event of events) {
    switch (event.type) {
      case 'chapter.entering':
        chapter = event.chapter;
        // Another attempt takes the place of the one before it.
        if (event.cause === 'retry') dropAttempt(items, chapter);
        break;
      case 'chapter.left':
        dropAttempt(items, event.chapter);
        chapter = null;
        break;
      case 'steady_state.checked':
        for (const item of event.items)
          keepNewest(items, checked(event, item, chapterOfFault.get(event.fault ?? '') ?? chapter));
        break;
      case 'hypothesis.checked':
        for (const item of event.items) keepNewest(items, expected(event.chapter, item));
        break;
      case 'action.done':
      case 'chapter.failed':
        items.push(...actionItems(event, actionOf(story, event)));
        break;
      case 'run.aborted':
        items.push(aborted(event, chapter));
        break;
      case 'workload.verified':
        items.push(writes(event.verified));
        break;
      default:
        break;
    }
  }
  for (const fault of faults)
    items.push(...missing(sources, fault, items), ...recovery(fault, story));
  items.push(...unjudged(sources, items));
  if (!items.some(({ kind }) => kind === 'writes')) items.push(...unverifiedWrites(sources));
  const order = story?.chapters.map(({ id }) => id) ?? [];
  const placeOf = ({ chapter: id }: ReportItem) =>
    id === null || !order.includes(id) ? order.length : order.indexOf(id);
  return items.toSorted((a, b) => placeOf(a) - placeOf(b));
}

const OF_CHAPTER: ReportItem['kind'][] = ['hypothesis', 'probe', 'detection', 'action'];

function dropAttempt(items: ReportItem[], chapter: string): void {
  const isOfAttempt = ({ kind, when, fault }: ReportItem) =>
    fault === null && (OF_CHAPTER.includes(kind) || when === 'before');
  const kept = items.filter((item) => item.chapter !== chapter || !isOfAttempt(item));
  items.splice(0, items.length, ...kept);
}

/** A later look at the same thing for the same fault takes the place of the earlier one: it knows more. */
function keepNewest(items: ReportItem[], item: ReportItem): void {
  const { kind, when, fault, chapter, name } = item;
  const at = items.findIndex(
    (each) =>
      each.kind === kind &&
      each.when === when &&
      each.fault === fault &&
      each.chapter === chapter &&
      each.name === name,
  );
  if (at < 0) items.push(item);
  else items[at] = item;
}

function checked(
  { when, fault }: EventOf<'steady_state.checked'>,
  { kind, name, wanted, met, measured, unit, text }: CheckedItem,
  chapter: string | null,
): ReportItem {
  const isUntold = kind === 'threshold' && measured === null;
  const state = met ? 'met' : isUntold ? 'not_measured' : 'deviated';
  return { kind, when, chapter, fault, name, wanted, state, measured, unit, text };
}

function expected(chapter: string, { expect: _, ...item }: JudgedItem): ReportItem {
  return { ...NOTHING, kind: 'hypothesis', chapter, ...item };
}

/** Of a chapter whose faults happened, and are still live, or were never all over. */
function unjudged({ story, faults }: ItemSources, items: readonly ReportItem[]): ReportItem[] {
  const chapters = story?.chapters ?? [];
  return chapters.flatMap(({ id, hypothesis }) => {
    const isJudged = items.some(({ kind, chapter }) => kind === 'hypothesis' && chapter === id);
    const hasFaults = faults.some((fault) => fault.chapter === id && fault.injected_at !== null);
    if (isJudged || !hasFaults) return [];
    return hypothesis.map((item): ReportItem => {
      const text = 'not judged: the faults of the chapter are not over, or it was left before';
      const about = {
        ...NOTHING,
        ...expectedWords(item),
        kind: 'hypothesis',
        chapter: id,
      } as const;
      return { ...about, state: 'not_measured', text };
    });
  });
}

function actionOf(
  story: Story | null,
  { chapter, action }: { chapter: string; action: number },
): Action | null {
  return story?.chapters.find(({ id }) => id === chapter)?.on_enter[action] ?? null;
}

/** Failures that other items tell of. */
const TOLD_ELSEWHERE = ['aborted', 'not_verified', 'sick_stack'];

function actionItems(
  event: EventOf<'action.done'> | EventOf<'chapter.failed'>,
  action: Action | null,
): ReportItem[] {
  const { chapter } = event;
  if (event.type === 'chapter.failed') {
    if (TOLD_ELSEWHERE.includes(event.code)) return [];
    const kind = action?.do === 'probe' ? 'probe' : 'action';
    const name = action === null ? `action ${event.action + 1}` : nameOf(action);
    return [{ ...NOTHING, kind, chapter, name, state: 'deviated', text: event.message }];
  }
  const { found } = event;
  if (found?.found === 'probe') {
    const { probe, text } = found as unknown as { probe: string; text: string };
    return [{ ...NOTHING, kind: 'probe', chapter, name: probe, state: 'met', text }];
  }
  if (found?.found === 'noticed') return detection(chapter, found as unknown as Noticed);
  return [];
}

function nameOf(action: Action): string {
  return action.do === 'probe' ? action.probe.name : describeAction(action);
}

interface Noticed {
  within_ms: number;
  any_fault: boolean;
  notices: { by: string; target: string; after_ms: number; simulated: boolean }[];
}

function detection(chapter: string, { within_ms, any_fault, notices }: Noticed): ReportItem[] {
  if (!any_fault) return [];
  const first = notices.find(({ simulated }) => !simulated);
  const within = formatDuration(within_ms);
  return [
    {
      ...NOTHING,
      kind: 'detection',
      chapter,
      name: 'noticed',
      wanted: `within ${within}`,
      state: first ? 'met' : 'deviated',
      measured: first?.after_ms ?? null,
      unit: first ? 'ms' : null,
      text: first
        ? `noticed after ${formatDuration(first.after_ms)}, first by ${first.by === 'workload' ? 'the workload' : `${first.by} ${first.target}`}`
        : `nothing noticed within ${within}`,
    },
  ];
}

function aborted(event: EventOf<'run.aborted'>, chapter: string | null): ReportItem {
  const { condition, measured, value, faults } = event;
  return {
    ...NOTHING,
    kind: 'abort',
    chapter,
    name: 'abort_if',
    wanted: `never: ${condition}`,
    state: 'deviated',
    measured: value,
    text: `${faults.join(', ')} aborted: ${measured}`,
  };
}

function writes(verified: Verified): ReportItem {
  const isUnknown =
    verified.acknowledged === 0 || verified.unreadable.count > 0 || verified.incomplete;
  return {
    ...NOTHING,
    kind: 'writes',
    chapter: null,
    name: 'acknowledged writes',
    wanted: 'all there',
    state: isBroken(verified) ? 'deviated' : isUnknown ? 'not_measured' : 'met',
    measured: verified.lost.count + verified.stale.count + verified.foreign.count,
    unit: 'keys',
    text: describeVerified(verified),
  };
}

function unverifiedWrites({ events, story }: ItemSources): ReportItem[] {
  const spec = story?.workload;
  const ran = events.some((event) => event.type === 'workload.started' && !event.simulated);
  if (!ran || !spec || !('verify' in spec) || spec.verify === null) return [];
  return [
    {
      ...NOTHING,
      kind: 'writes',
      chapter: null,
      name: 'acknowledged writes',
      wanted: 'all there',
      state: 'not_measured',
      text: 'what the workload wrote was not read back',
    },
  ];
}
