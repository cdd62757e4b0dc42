/** The whole screen, for any size: exactly as many lines as it has rows, none wider than it is. Pure. */
import { isUnderWay } from '../../run/run.ts';
import { printable } from '../printable.ts';
import { displayWidth } from '../wrap.ts';
import { bottom } from './bottom.ts';
import { events } from './events.ts';
import { halted } from './halted.ts';
import { beside, fill, fitTo, type Line, line, panel } from './line.ts';
import { type ScreenModel, type Size, standing } from './model.ts';
import { narration } from './narration.ts';
import { cutTo, openedPanel } from './opened.ts';
import { stack } from './stack.ts';
import { workload, workloadTitle } from './workload.ts';

/** From this width on, text stands beside figures. */
const WIDE = 110;
/** Rows of a panel that says something: a heading, a title, a line. */
const LEAST = 3;
/** Below it, the panels of figures stand one above the other. */
const NARROW = 60;

export function drawScreen(model: ScreenModel, { columns, rows }: Size): Line[] {
  const sign = halted(model, columns);
  const low = bottom(model, columns);
  const room = Math.max(0, rows - 1 - sign.length - low.length);
  const lines = [
    header(model, columns),
    ...sign,
    ...fill(body(model, columns, room), room),
    ...low,
  ];
  // Where there is hardly any room, the sign and the lowest lines are what must be seen.
  const shown = lines.length > rows ? [...sign, ...low.slice(sign.length - rows)] : lines;
  return shown.slice(0, rows).map((each) => fitTo(each, columns));
}

/** One panel of it alone, for those who only look: as high as the screen. */
export function drawPanel(
  which: 'stack' | 'workload',
  model: ScreenModel,
  { columns, rows }: Size,
): Line[] {
  const draw = which === 'stack' ? stackPanel : workloadPanel;
  const sign = halted(model, columns);
  const room = Math.max(0, rows - 2 - sign.length);
  const lines = [
    header(model, columns),
    ...sign,
    ...fill(draw(model, columns, room), room),
    line('q leaves', 'faint'),
  ];
  return lines.slice(0, rows).map((each) => fitTo(each, columns));
}

function header(model: ScreenModel, columns: number): Line {
  const { picture, nowMs } = model;
  const { run } = picture;
  const { chapters, at } = standing(model);
  const name = printable(model.story?.name ?? run?.story.name ?? 'gameday');
  const place = at < 0 ? '' : `   [${at + 1}/${chapters.length}]`;
  const id = run && isUnderWay(run) ? `   ${run.id}` : '';
  const left = ` ${name}${id}${place}`;
  const clock = `${new Date(nowMs).toISOString().slice(11, 19)} UTC `;
  const gap = columns - displayWidth(left) - displayWidth(clock);
  return line(gap < 1 ? left : left + ' '.repeat(gap) + clock, 'bar');
}

function body(model: ScreenModel, columns: number, rows: number): Line[] {
  if (columns >= WIDE) return wideBody(model, columns, rows);
  if (rows < 10) {
    const draw = model.ui.panel === null ? narrationPanel : lowerPanel;
    return draw(model, columns, rows);
  }
  if (columns >= NARROW) {
    const lower = openedRows(model, columns, rows - LEAST) ?? share(rows, 0.2, 3, 10);
    const left = rows - lower - LEAST;
    const middle = left < LEAST ? 0 : Math.min(share(rows, 0.35, 4, 14), left);
    const half = Math.floor((columns - 2) / 2);
    return [
      ...narrationPanel(model, columns, rows - middle - lower),
      ...beside(
        stackPanel(model, half, middle),
        half,
        workloadPanel(model, columns - 2 - half, middle),
        columns - 2 - half,
      ),
      ...lowerPanel(model, columns, lower),
    ];
  }
  const lower = openedRows(model, columns, rows - 3 * LEAST) ?? share(rows, 0.2, 3, 10);
  const each = Math.min(Math.max(3, Math.floor((rows - lower) / 4)), (rows - lower) >> 1);
  return [
    ...narrationPanel(model, columns, rows - lower - 2 * each),
    ...stackPanel(model, columns, each),
    ...workloadPanel(model, columns, each),
    ...lowerPanel(model, columns, lower),
  ];
}

function wideBody(model: ScreenModel, columns: number, rows: number): Line[] {
  const left = Math.floor((columns - 2) * 0.55);
  const right = columns - 2 - left;
  const lower = openedRows(model, left, rows - LEAST) ?? share(rows, 0.4, 3, 24);
  const { instances, faults, leaders } = model.picture;
  const asked = leaders.filter(({ leader }) => leader === null).length;
  const wanted = (instances?.length ?? 1) + faults.length + 2 * asked + 2;
  const above = Math.min(Math.max(4, wanted), Math.floor(rows / 2));
  return beside(
    [...narrationPanel(model, left, rows - lower), ...lowerPanel(model, left, lower)],
    left,
    [...stackPanel(model, right, above), ...workloadPanel(model, right, rows - above)],
    right,
  );
}

function narrationPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  return panel('Chapter', narration(model, columns, rows - 1), columns, rows);
}

function stackPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  const { picture, ui, nowMs, audience, wrap } = model;
  const shown = { columns, rows: rows - 1, cursor: audience ? null : ui.fault, nowMs, wrap };
  const { run } = picture;
  const lines =
    run && isUnderWay(run) ? stack(picture, shown) : [line('Shown while a run goes on.', 'faint')];
  return panel('Stack', lines, columns, rows);
}

function workloadPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  const { picture, story, nowMs, audience, wrap } = model;
  const steadyState = story?.steady_state ?? null;
  const shown = { columns, rows: rows - 1, steadyState, nowMs, isLarge: audience, wrap };
  return panel(workloadTitle(picture), workload(picture, shown), columns, rows);
}

/** What happened, or what the presenter has opened in its place. */
function lowerPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  const opened = openedPanel(model, columns);
  return opened
    ? panel(opened.title, cutTo(opened.lines, rows - 1), columns, rows)
    : panel('Events', events(model, columns, rows - 1), columns, rows);
}

/** Rows of what is opened: as many as it needs, up to `most`; null: nothing is. */
function openedRows(model: ScreenModel, columns: number, most: number): number | null {
  const opened = openedPanel(model, columns);
  return opened && Math.max(0, Math.min(most, Math.max(6, opened.lines.length + 1)));
}

function share(rows: number, part: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor(rows * part)));
}
