/** The panel of the chapter: its title, its text, the countdown in large digits, and the steps as they are done. Pure. */
import type { ItemState, JudgedItem } from '../../run/judged-item.ts';
import { isUnderWay } from '../../run/run.ts';
import { describeExpected } from '../../story/describe-hypothesis.ts';
import { printable, printableLines } from '../printable.ts';
import { sayJudged } from '../say/judged.ts';
import { largeNumber } from './digits.ts';
import { BLANK, type Line, line, type Style } from './line.ts';
import { type ScreenModel, standing } from './model.ts';
import type { Countdown, ShownStep } from './steps.ts';

export const MARKS = { planned: '◻', running: '▶', done: '✔', failed: '✖', skipped: '↓' } as const;
const STYLES = {
  planned: 'faint',
  running: 'strong',
  done: 'plain',
  failed: 'bad',
  skipped: 'faint',
} as const satisfies Record<keyof typeof MARKS, Style>;

const ITEM_STYLES = {
  met: 'good',
  deviated: 'bad',
  not_measured: 'faint',
} as const satisfies Record<ItemState, Style>;

/** Longer lines are hard to read, however wide the screen. */
const WIDEST_TEXT = 100;

/** At most `rows` lines. Where there is not room for all, the steps come before the text, and the newest steps first. */
export function narration(model: ScreenModel, columns: number, rows: number): Line[] {
  const { steps, ui } = model;
  const width = Math.min(columns, WIDEST_TEXT);
  const told = chapterText(model, width);
  if (ui.looked !== null) return [...told, ...hypotheses(model, width)].slice(0, rows);
  const counting = countdown(model, columns, rows);
  const done = [
    ...steps.steps.filter(({ counts }) => !counts).flatMap((step) => stepLines(step, width, model)),
    ...steps.lines.flatMap((each) => model.wrap(`  ${each}`, width)).map((each) => line(each)),
    ...hypotheses(model, width),
  ];
  const room = rows - counting.length;
  // The title always, and of the text what leaves room for at least half of the steps.
  const forSteps = Math.min(done.length, Math.max(Math.floor(room / 2), room - told.length - 1));
  const shownText = told.slice(0, Math.max(1, room - forSteps - (forSteps > 0 ? 1 : 0)));
  const gap = shownText.length + forSteps < room && forSteps > 0 ? [BLANK] : [];
  return [...shownText, ...counting, ...gap, ...(forSteps > 0 ? done.slice(-forSteps) : [])];
}

/** Title and narration of the chapter that is looked at, else of the one that the run stands in. */
export function chapterText(model: ScreenModel, width: number): Line[] {
  const { ui, story, wrap } = model;
  const { chapters, at, isFailed } = standing(model);
  const index = ui.looked ?? at;
  const chapter = chapters[index];
  if (!chapter) return before(model, width);
  const place = `[${index + 1}/${chapters.length}] `;
  const where =
    ui.looked !== null && ui.looked !== at
      ? ` (only looked at; the run stands at ${Math.max(0, at + 1)})`
      : isFailed
        ? ' (failed)'
        : '';
  const told = story?.chapters[index]?.narration ?? '';
  return [
    ...wrap(printable(place + chapter.title + where), width).map((each) => line(each, 'title')),
    ...paragraphs(told, width, model).map((each) => line(each)),
  ];
}

function before({ picture, story, audience, wrap }: ScreenModel, width: number): Line[] {
  const name = printable(story?.name ?? picture.run?.story.name ?? '');
  const count = story?.chapters.length ?? 0;
  const isOver = picture.run !== null && !isUnderWay(picture.run);
  const words = [
    ...(isOver ? [`Run ${picture.run?.id} is over.`] : []),
    `${count} ${count === 1 ? 'chapter' : 'chapters'}.`,
    audience ? 'It has not begun.' : `SPACE begins${isOver ? ' a new run' : ''}.`,
  ];
  return [line(name, 'title'), ...wrap(words.join(' '), width).map((each) => line(each))];
}

/** What the chapter that is shown expects, and those before it whose faults are still live; each item with how it stands. */
export function hypotheses(model: ScreenModel, width: number): Line[] {
  const { ui, story, picture, wrap } = model;
  const { chapters, at } = standing(model);
  const shown = chapters[ui.looked ?? at]?.id ?? null;
  const open = picture.hypotheses.filter(({ chapter, judged }) => !judged && chapter !== shown);
  const own = picture.hypotheses.find(({ chapter }) => chapter === shown);
  const planned = story?.chapters.find(({ id }) => id === shown)?.hypothesis ?? [];
  const items = (head: string, all: readonly JudgedItem[]): Line[] => [
    line(printable(head), 'strong'),
    ...all.flatMap((item) =>
      wrap(printable(sayJudged(item)), width).map((each) => line(each, ITEM_STYLES[item.state])),
    ),
  ];
  return [
    ...(own
      ? items(own.judged ? 'Hypothesis, judged:' : 'Hypothesis, so far:', own.items)
      : planned.length > 0
        ? [
            line('Hypothesis:', 'strong'),
            ...planned.flatMap((item) =>
              wrap(printable(`· ${describeExpected(item)}`), width).map((each) => line(each)),
            ),
          ]
        : []),
    ...open.flatMap(({ chapter, items: all }) => items(`Hypothesis of ${chapter}, so far:`, all)),
  ];
}

export function paragraphs(
  told: string,
  width: number,
  { wrap }: Pick<ScreenModel, 'wrap'>,
): string[] {
  return printableLines(told.trim()).flatMap((each) => wrap(each, width));
}

/** Of this process, which can be cancelled here; else of the command that holds the run. */
function countdown(
  { steps, picture, nowMs, audience }: ScreenModel,
  columns: number,
  rows: number,
): Line[] {
  const own = steps.countdown;
  const other = picture.countdown;
  if (!own && !other) return [];
  const { kind, targets } = (own ?? other) as Pick<Countdown, 'kind' | 'targets'>;
  const left_ms = own?.left_ms ?? Date.parse(other?.ends_at as string) - nowMs;
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  const head: Line = [
    { text: `In ${seconds}s: ${printable(`${kind} ${targets.join(', ')}`)}`, style: 'alarm' },
    { text: own ? '   ESC cancels' : '', style: 'plain' },
  ];
  const times = audience && rows > 20 && columns > 60 ? 2 : 1;
  const digits = largeNumber(seconds, times);
  if (rows < digits.length + 4) return [head];
  return [head, ...digits.map((each) => line(`  ${each}`, 'alarm'))];
}

function stepLines(step: ShownStep, width: number, { wrap }: ScreenModel): Line[] {
  const indent = '  '.repeat(step.depth);
  const style = STYLES[step.phase];
  const [first = '', ...rest] = wrap(step.text, Math.max(10, width - indent.length - 2));
  return [
    line(`${indent}${MARKS[step.phase]} ${first}`, style),
    ...rest.map((each) => line(`${indent}  ${each}`, style)),
    ...step.lines.flatMap((each) =>
      wrap(`${indent}    ${each}`, width).map((broken) => line(broken, 'faint')),
    ),
  ];
}
