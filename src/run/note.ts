/** What a person saw during a run. Notes stand in a file of their own beside the journal, since the journal has one writer and a note waits for nobody. Pure. */
import * as v from 'valibot';

const VERSION = 1;

const NoteSchema = v.object({
  v: v.literal(VERSION),
  /** ISO, by the clock of the machine that it was written on. */
  at: v.string(),
  author: v.string(),
  text: v.string(),
  /** Id of the chapter that the run stood in; null: before the first one, or not known. */
  chapter: v.nullable(v.string()),
  /** Number of the newest event of the journal at that moment: the note's place among the events; null: not known. */
  after_seq: v.nullable(v.number()),
});
export type Note = v.InferOutput<typeof NoteSchema>;

/** Null for what is no line of such a file. */
export function parseNoteLine(text: string): Note | null {
  try {
    const result = v.safeParse(NoteSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

export function noteLine(note: Omit<Note, 'v'>): string {
  return `${JSON.stringify({ v: VERSION, ...note })}\n`;
}
