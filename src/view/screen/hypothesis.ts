/** What chapters expect, on the screen: each item with how it stands; how many stand so is said first. Pure. */
import type { ItemState, JudgedItem } from '../../run/judged-item.ts';
import { describeExpected } from '../../story/describe-hypothesis.ts';
import { printable } from '../printable.ts';
import { sayJudged } from '../say/judged.ts';
import { type Line, line, type Style } from './line.ts';
import { type ScreenModel, standing } from './model.ts';

const STYLES = {
  met: 'good',
  deviated: 'bad',
  not_measured: 'faint',
} as const satisfies Record<ItemState, Style>;
/** What has to be seen first. */
const ORDER: readonly ItemState[] = ['deviated', 'not_measured', 'met'];

/** A heading, and its items as blocks of lines. */
interface Group {
  head: Line;
  /** `rank`: the least is the last to be left out. */
  items: { rank: number; lines: Line[] }[];
}

/** Of the chapter that is shown, and of those before it whose faults are still live. */
export function hypotheses(model: ScreenModel, width: number): Line[] {
  return groups(model, width).flatMap(linesOf);
}

/** In at most `rows` lines: whole items alone, and those that deviated before the others. */
export function hypothesesWithin(model: ScreenModel, width: number, rows: number): Line[] {
  const all = groups(model, width);
  let left = rows - all.length;
  const ranked = all.flatMap(({ items }) => items).toSorted((a, b) => a.rank - b.rank);
  const shown = new Set(
    ranked.filter(({ lines }) => {
      const hasRoom = lines.length <= left;
      if (hasRoom) left -= lines.length;
      return hasRoom;
    }),
  );
  return all
    .flatMap(({ head, items }) => linesOf({ head, items: items.filter((each) => shown.has(each)) }))
    .slice(0, Math.max(0, rows));
}

function linesOf({ head, items }: Group): Line[] {
  return [head, ...items.flatMap(({ lines }) => lines)];
}

function groups(model: ScreenModel, width: number): Group[] {
  const { ui, story, picture, wrap } = model;
  const { chapters, at } = standing(model);
  const shown = chapters[ui.looked ?? at]?.id ?? null;
  const open = picture.hypotheses.filter(({ chapter, judged }) => !judged && chapter !== shown);
  const own = picture.hypotheses.find(({ chapter }) => chapter === shown);
  const planned = story?.chapters.find(({ id }) => id === shown)?.hypothesis ?? [];
  const group = (head: string, items: readonly JudgedItem[]): Group => ({
    head: line(printable(`${head}: ${count(items)}`), 'strong'),
    items: items.map((item) => ({
      rank: ORDER.indexOf(item.state),
      lines: wrap(printable(sayJudged(item)), width).map((each) => line(each, STYLES[item.state])),
    })),
  });
  const plan: Group = {
    head: line('Hypothesis:', 'strong'),
    items: planned.map((item) => ({
      rank: 0,
      lines: wrap(printable(`· ${describeExpected(item)}`), width).map((each) => line(each)),
    })),
  };
  return [
    ...(own
      ? [group(own.judged ? 'Hypothesis, judged' : 'Hypothesis, so far', own.items)]
      : planned.length > 0
        ? [plan]
        : []),
    ...open.map(({ chapter, items }) => group(`Hypothesis of ${chapter}, so far`, items)),
  ];
}

/** `1 of 4 met, 2 deviated`. */
function count(items: readonly JudgedItem[]): string {
  const of = (state: ItemState) => items.filter((each) => each.state === state).length;
  const deviated = of('deviated');
  return `${of('met')} of ${items.length} met${deviated > 0 ? `, ${deviated} deviated` : ''}`;
}
