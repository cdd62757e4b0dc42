/** The panel of what happened: events of the journal and notes of people, oldest first, the newest at the bottom. Pure. */
import type { Note } from '../../run/note.ts';
import type { Picture } from '../../run/picture.ts';
import { printable } from '../printable.ts';
import { sayHappened } from '../say/happened.ts';
import { alertChanges } from '../say/judged.ts';
import { type Line, line, type Style } from './line.ts';
import type { ScreenModel } from './model.ts';

export interface Entry {
  /** Unique in its run. */
  id: string;
  at: string;
  text: string;
  style: Style;
}

const TONES = { plain: 'plain', good: 'good', bad: 'bad' } as const;
/** `12:03:04 ` */
const INDENT = ' '.repeat(9);

/** The newest that have room in `rows` lines. */
export function events(
  { picture, wrap, audience }: ScreenModel,
  columns: number,
  rows: number,
): Line[] {
  const lines: Line[] = [];
  for (const { at, text, style } of entriesOf(picture, audience).reverse()) {
    if (lines.length >= rows) break;
    const broken = wrap(printable(text), Math.max(10, columns - INDENT.length));
    const entry = broken.map(
      (each, index): Line => [
        { text: index === 0 ? `${at.slice(11, 19)} ` : INDENT, style: 'faint' },
        { text: each, style },
      ],
    );
    lines.unshift(...entry);
  }
  if (lines.length === 0) return [line('Nothing has happened yet.', 'faint')];
  return lines.slice(-rows);
}

/** Oldest first. */
export function entriesOf({ run, events, notes, alerts }: Picture, audience: boolean): Entry[] {
  if (!run) return [];
  const happened = events.flatMap((event) => {
    const said = sayHappened(event, run);
    if (!said) return [];
    const { seq, at } = event;
    return [{ id: `${seq}`, seq, at, text: said.text, style: TONES[said.tone] }];
  });
  const first = events[0]?.seq ?? 1;
  const alerted = alerts.flatMap(({ alert, spans }) =>
    alertChanges(alert, spans).map(({ at, what, fires }) => {
      const seq = events.findLast((event) => event.at <= at)?.seq ?? 0;
      return { id: `${alert} ${at}`, seq, at, text: what, style: fires ? 'bad' : 'good' } as const;
    }),
  );
  // Notes are for those who play.
  const noted = (audience ? [] : notes)
    .map((note, index) => ({ id: `note ${index}`, seq: placeOf(note, events), ...entryOf(note) }))
    .filter(({ seq }) => seq >= first - 1);
  // Stable: a note comes after the event that was the newest when it was written.
  return [...happened, ...alerted.filter(({ seq }) => seq >= first - 1), ...noted].toSorted(
    (a, b) => a.seq - b.seq,
  );
}

function entryOf({ at, author, text }: Note): Omit<Entry, 'id'> {
  return { at, text: `✎ ${author}: ${text}`, style: 'strong' };
}

/** Where the journal could not be read, the clock has to do. */
function placeOf({ after_seq, at }: Note, events: Picture['events']): number {
  return after_seq ?? events.findLast((event) => event.at <= at)?.seq ?? 0;
}
