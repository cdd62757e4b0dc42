/** The panel of the chapter: its title, its text, the countdown in large digits, and the steps as they are done. Pure. */
import { isUnderWay } from '../../run/run.ts';
import { printable, printableLines } from '../printable.ts';
import { largeNumber } from './digits.ts';
import { hypotheses, hypothesesWithin } from './hypothesis.ts';
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

/** Longer lines are hard to read, however wide the screen. */
const WIDEST_TEXT = 100;

/**
 * At most `rows` lines. Where there is not room for all, steps and hypothesis come before the text, the newest steps before older
 * ones, and no sentence is shown by half.
 */
export function narration(model: ScreenModel, columns: number, rows: number): Line[] {
  const { steps, ui } = model;
  const width = Math.min(columns, WIDEST_TEXT);
  const told = chapterText(model, width);
  if (ui.looked !== null) return [...told, ...hypotheses(model, width)].slice(0, rows);
  const counting = countdown(model, columns, rows);
  const done = [
    ...steps.steps.filter(({ counts }) => !counts).flatMap((step) => stepLines(step, width, model)),
    ...steps.lines.map((each) => model.wrap(`  ${each}`, width).map((broken) => line(broken))),
  ];
  const expected = hypotheses(model, width).length;
  const total = done.flat().length + expected;
  const room = rows - counting.length;
  // The title always, and of the text what leaves room for at least half of what is below it.
  const below = Math.min(total, Math.max(Math.floor(room / 2), room - told.length - 1));
  const shownText = told.slice(0, Math.max(1, room - below - (below > 0 ? 1 : 0)));
  const gap = shownText.length + below < room && below > 0 ? [BLANK] : [];
  const forExpected = Math.min(expected, Math.max(below - (total - expected), below >> 1));
  return [
    ...shownText,
    ...counting,
    ...gap,
    ...newestWithin(done, below - forExpected),
    ...hypothesesWithin(model, width, forExpected),
  ];
}

/** The last blocks that have room as a whole; of one that is too high by itself, its beginning. */
function newestWithin(blocks: readonly Line[][], rows: number): Line[] {
  const shown: Line[] = [];
  for (const block of blocks.toReversed()) {
    if (shown.length + block.length > rows)
      return shown.length === 0 ? block.slice(0, Math.max(0, rows)) : shown;
    shown.unshift(...block);
  }
  return shown;
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

/** A block each for the step and for each line of its evidence. */
function stepLines(step: ShownStep, width: number, { wrap }: ScreenModel): Line[][] {
  const indent = '  '.repeat(step.depth);
  const style = STYLES[step.phase];
  const [first = '', ...rest] = wrap(step.text, Math.max(10, width - indent.length - 2));
  return [
    [
      line(`${indent}${MARKS[step.phase]} ${first}`, style),
      ...rest.map((each) => line(`${indent}  ${each}`, style)),
    ],
    ...step.lines.map((each) =>
      wrap(`${indent}    ${each}`, width).map((broken) => line(broken, 'faint')),
    ),
  ];
}
