/** What people saw during a run: written beside it without the lock, so that no note waits for the command that holds the run. */
import { appendNote, readCurrent, readNotes, readRun, runFolder } from '../journal/index.ts';
import type { Note } from '../run/note.ts';
import type { Run } from '../run/run.ts';
import { callerName } from '../system/owner.ts';
import { Refusal } from '../terms/outcomes.ts';
import { redactText } from '../terms/redact.ts';
import type { Context } from './context.ts';
import { findStateDir } from './locate.ts';

/** In UTF-16 units: more is a file, and not what a person saw. */
const LONGEST_NOTE = 10_000;

export interface WrittenNote {
  run: string;
  note: Omit<Note, 'v'>;
}

/**
 * Into the newest run, also when it is over. `author`: null: who runs the command. Throws Refusal `usage` for an empty text and
 * one that is too long, `no_run`, and `state_unwritable`.
 */
export function writeNote(
  context: Context,
  { text, author }: { text: string; author: string | null },
): WrittenNote {
  const said = redactText(text.trim());
  if (said === '' || said.length > LONGEST_NOTE) throw unusable(said);
  const stateDir = findStateDir(context.flags, context.cwd);
  context.seen.stateDir = stateDir;
  const { id } = readCurrent(stateDir);
  if (id === null) throw new Refusal('no_run', 'No run has begun here.', 'chapter next');
  const note = {
    at: new Date().toISOString(),
    author: author?.trim() || callerName(),
    text: said,
    ...placeIn(stateDir, id),
  };
  appendNote(runFolder(stateDir, id), note);
  return { run: id, note };
}

/** All of this run; what cannot be read is said. */
export function notesOf(context: Context, run: Run | null): readonly Note[] {
  if (!run) return [];
  const stateDir = findStateDir(context.flags, context.cwd);
  const { notes, warnings } = readNotes(runFolder(stateDir, run.id));
  for (const warning of warnings) context.warn(warning);
  return notes;
}

/** A journal that cannot be read costs a note its place, and nothing else. */
function placeIn(stateDir: string, id: string): Pick<Note, 'chapter' | 'after_seq'> {
  try {
    const { run } = readRun(stateDir, id);
    return { chapter: run?.position.chapter ?? null, after_seq: run?.seq ?? null };
  } catch {
    return { chapter: null, after_seq: null };
  }
}

function unusable(text: string): Refusal {
  const message =
    text === ''
      ? 'The note is empty.'
      : `The note is ${text.length} characters long; ${LONGEST_NOTE} are the most.`;
  return new Refusal('usage', message, 'story note "what you saw"');
}
