/** What `story note` hands back, and notes as lines for a person. Pure. */
import type { Note } from '../run/note.ts';
import { printable } from './printable.ts';
import type { Result } from './results.ts';

export function noteResult({ run, note }: { run: string; note: Omit<Note, 'v'> }): Result {
  return { json: { run, note: noteJson(note) }, lines: [`Noted in ${run}: ${sayNote(note)}`] };
}

/** As scripts see it. */
export function noteJson({ at, author, text, chapter }: Omit<Note, 'v'>): Record<string, unknown> {
  return { at, author, text, chapter };
}

/** `12:03:04 ann: pager went off`; the time is UTC, as everywhere. */
export function sayNote({ at, author, text }: Pick<Note, 'at' | 'author' | 'text'>): string {
  return `${at.slice(11, 19)} ${printable(author)}: ${printable(text)}`;
}
