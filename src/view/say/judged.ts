/** What a hypothesis came to, item by item and as a whole. Pure. */
import type { ProbeSpan } from '../../impact/probe-impact.ts';
import type { EventOf } from '../../run/events.ts';
import { type ItemState, type JudgedItem, stateOf } from '../../run/judged-item.ts';

export const STATE_MARKS: Record<ItemState, string> = {
  met: '✔',
  deviated: '✖',
  not_measured: '?',
};

export const STATE_WORDS: Record<ItemState, string> = {
  met: 'met',
  deviated: 'deviated',
  not_measured: 'not measured',
};

/** `✖ p99 <= 250ms: deviated: p99 rose to 900ms under f1` */
export function sayJudged({ name, wanted, state, text }: JudgedItem): string {
  return `${STATE_MARKS[state]} ${name} ${wanted}: ${STATE_WORDS[state]}: ${text}`;
}

/** `Hypothesis of fault-injection deviated: p99 rose to 900ms under f1; 2 of 3 met` */
export function sayHypothesis({
  chapter,
  items,
}: Pick<EventOf<'hypothesis.checked'>, 'chapter' | 'items'>): string {
  const met = items.filter(({ state }) => state === 'met').length;
  const others = items.filter(({ state }) => state !== 'met').map(({ text }) => text);
  const count = `${met} of ${items.length} met`;
  const what = [...others, ...(met > 0 || others.length === 0 ? [count] : [])].join('; ');
  return `Hypothesis of ${chapter} ${STATE_WORDS[stateOf(items)]}: ${what}`;
}

/** When an alert began to fire, and when it no longer did. */
export function alertChanges(
  alert: string,
  spans: readonly ProbeSpan[],
): { at: string; what: string; fires: boolean }[] {
  return spans.flatMap(({ state, from_ms }, index) => {
    const fires = state === 'met';
    const fired = spans.slice(0, index).findLast((each) => each.state !== 'unknown');
    if (state === 'unknown' || (!fires && fired?.state !== 'met')) return [];
    if (fires && fired?.state === 'met') return [];
    const what = `Alert ${alert} ${fires ? 'fires' : 'has resolved'}`;
    return [{ at: new Date(from_ms).toISOString(), what, fires }];
  });
}
