/** The whole screen, for any size: exactly as many lines as it has rows, none wider than it is. Pure. */
import { isUnderWay } from '../../run/run.ts';
import { printable } from '../printable.ts';
import { displayWidth } from '../wrap.ts';
import { bottom } from './bottom.ts';
import { events } from './events.ts';
import { halted } from './halted.ts';
import { BLANK, beside, fill, fitTo, type Line, line, panel } from './line.ts';
import { type ScreenModel, type Size, standing } from './model.ts';
import { narration, paragraphs } from './narration.ts';
import { stack } from './stack.ts';
import { KEYS } from './ui.ts';
import { workload, workloadTitle } from './workload.ts';

/** From this width on, text stands beside figures. */
const WIDE = 110;
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
  const lower = model.ui.panel === null ? share(rows, 0.2, 3, 10) : share(rows, 0.5, 6, 20);
  const middle = share(rows, 0.35, 4, 14);
  if (rows < 10) return narrationPanel(model, columns, rows);
  if (columns >= NARROW) {
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
  const each = Math.max(3, Math.floor((rows - lower) / 4));
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
  const lower = model.ui.panel === null ? share(rows, 0.4, 3, 24) : share(rows, 0.5, 6, 30);
  const { instances, faults } = model.picture;
  const wanted = (instances?.length ?? 1) + faults.length + 2;
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
  const { picture, ui, nowMs, audience } = model;
  const shown = { rows: rows - 1, cursor: audience ? null : ui.fault, nowMs };
  const { run } = picture;
  const lines =
    run && isUnderWay(run)
      ? stack(picture, shown)
      : [line('It is looked at while a run is under way.', 'faint')];
  return panel('Stack', lines, columns, rows);
}

function workloadPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  const { picture, story, nowMs, audience } = model;
  const steadyState = story?.steady_state ?? null;
  const shown = { columns, rows: rows - 1, steadyState, nowMs, isLarge: audience };
  return panel(workloadTitle(picture), workload(picture, shown), columns, rows);
}

/** What happened, or what the presenter has opened in its place. */
function lowerPanel(model: ScreenModel, columns: number, rows: number): Line[] {
  const { ui, wrap } = model;
  switch (ui.panel) {
    case 'keys':
      return panel('Keys', keyLines(), columns, rows);
    case 'notes':
      return panel("Presenter's notes", noteLines(model, columns), columns, rows);
    case 'diagnosis':
      return panel(
        'Diagnosis',
        model.diagnosis.flatMap((each) => wrap(printable(each), columns)).map((each) => line(each)),
        columns,
        rows,
      );
    case null:
      return panel('Events', events(model, columns, rows - 1), columns, rows);
  }
}

function keyLines(): Line[] {
  const width = Math.max(...KEYS.map(([key]) => displayWidth(key)));
  return KEYS.map(([key, does]) => [
    { text: key + ' '.repeat(width - displayWidth(key) + 2), style: 'strong' },
    { text: does, style: 'plain' },
  ]);
}

function noteLines(model: ScreenModel, columns: number): Line[] {
  const { at } = standing(model);
  const notes = model.story?.chapters[model.ui.looked ?? at]?.notes ?? '';
  const lines = paragraphs(notes, columns, model).map((each) => line(each));
  return lines.length > 0 ? lines : [line('This chapter has none.', 'faint'), BLANK];
}

function share(rows: number, part: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor(rows * part)));
}
