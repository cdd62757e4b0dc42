/** What the presenter has opened in the place of the events: keys, notes, a diagnosis. Pure. */
import { printable } from '../printable.ts';
import { displayWidth } from '../wrap.ts';
import { type Line, line } from './line.ts';
import { type ScreenModel, standing } from './model.ts';
import { paragraphs } from './narration.ts';
import { KEYS } from './ui.ts';

export interface Opened {
  title: string;
  lines: Line[];
}

/** Null: nothing is open. */
export function openedPanel(model: ScreenModel, columns: number): Opened | null {
  const { ui, wrap, diagnosis } = model;
  switch (ui.panel) {
    case 'keys':
      return { title: 'Keys', lines: keyLines(model, columns) };
    case 'notes':
      return { title: "Presenter's notes", lines: noteLines(model, columns) };
    case 'diagnosis': {
      const lines = diagnosis.flatMap((each) => wrap(printable(each), columns));
      return { title: 'Diagnosis', lines: lines.map((each) => line(each)) };
    }
    case null:
      return null;
  }
}

/** Where not all have room, the last line says how many are left out. */
export function cutTo(lines: readonly Line[], rows: number): Line[] {
  if (lines.length <= rows || rows < 1) return lines.slice(0, Math.max(0, rows));
  const left = lines.length - rows + 1;
  const more = `… and ${left} more ${left === 1 ? 'line' : 'lines'}: a higher terminal shows them`;
  return [...lines.slice(0, rows - 1), line(more, 'faint')];
}

function keyLines({ page, wrap }: ScreenModel, columns: number): Line[] {
  const width = Math.max(...KEYS.map(([key]) => displayWidth(key)));
  const served = page === null ? [] : wrap(`The audience's page: ${printable(page)}`, columns);
  return [
    ...KEYS.map(
      ([key, does]): Line => [
        { text: key + ' '.repeat(width - displayWidth(key) + 2), style: 'strong' },
        { text: does, style: 'plain' },
      ],
    ),
    ...served.map((each) => line(each)),
  ];
}

function noteLines(model: ScreenModel, columns: number): Line[] {
  const { at } = standing(model);
  const notes = model.story?.chapters[model.ui.looked ?? at]?.notes ?? '';
  const lines = paragraphs(notes, columns, model).map((each) => line(each));
  return lines.length > 0 ? lines : [line('This chapter has none.', 'faint')];
}
