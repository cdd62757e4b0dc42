/**
 * The journal room: how a run is kept on disk. Append, read, lock. It knows events and their fold, and nothing of what
 * the events are about; it never decides whether a run may begin or end.
 */
export { writeCandidates } from './candidates.ts';
export { writeRecord } from './disk.ts';
export { examineJournal, examineState } from './examine.ts';
export { type Followed, RunFollower } from './follow.ts';
export { readHalt, removeHalt, writeHalt } from './halt.ts';
export { holderOf } from './holder.ts';
export type { Journal, RunView } from './journal.ts';
export { holdLock, isLockHeld } from './lock.ts';
export { lockRun } from './lock-run.ts';
export { appendNote, NotesReader, readNotes } from './notes.ts';
export { deleteRemains, deleteRun } from './prune.ts';
export { readEvents, readRun } from './read-run.ts';
export { journalBytes, keepSummary, readSummary } from './run-summary.ts';
export { listRuns, newestRuns, readCurrent, runFolder } from './state-folder.ts';
export { readStates, StateLog, StateLogReader } from './state-log.ts';
export { keepStory, StoryCopyReader } from './story-copy.ts';
