/** Reading a run as it stands now: from the snapshot on, if there is a good one, else from the first line. Writes nothing. */
import { closeSync } from 'node:fs';
import type { Event } from '../run/events.ts';
import { readHolder } from './holder.ts';
import type { RunView } from './journal.ts';
import { lostWarning, openToRead, type Replayed, replay, tornWarning } from './replay.ts';
import { readSnapshot } from './snapshot.ts';
import {
  holderPath,
  isRun,
  journalPath,
  lockPath,
  readCurrent,
  readSeenSeq,
} from './state-folder.ts';

/**
 * The current run, or the one with this id; `run` is null where there is none. Needs no lock, and works while somebody
 * writes. Throws Refusal `journal_damaged`, `journal_newer`, or `state_unwritable` for a folder that cannot be read.
 */
export function readRun(stateDir: string, id?: string): RunView {
  const chosen =
    id === undefined
      ? readCurrent(stateDir)
      : { id: isRun(stateDir, id) ? id : null, warnings: [] };
  const who = () => readHolder(holderPath(stateDir), lockPath(stateDir));
  if (chosen.id === null)
    return { run: null, path: null, warnings: chosen.warnings, holder: who() };
  const path = journalPath(stateDir, chosen.id);
  let loaded = loadRun(path);
  const holder = who();
  // While somebody writes, a line without an end is one that is being written; it may have got its end by now.
  if (loaded.torn && !holder) loaded = loadRun(path);
  const warnings = holder ? chosen.warnings : [...chosen.warnings, ...lossWarnings(path, loaded)];
  return { run: loaded.run, path, warnings, holder };
}

export interface Loaded extends Replayed {
  /** Number of the newest event that is known of, from the journal or from elsewhere. */
  known: number;
}

/** `events` counts the ones that no snapshot covers. Throws as `readRun` does. */
export function loadRun(path: string): Loaded {
  // Before the journal, which may get longer meanwhile.
  const seen = readSeenSeq(path);
  const fd = openToRead(path);
  try {
    const { mark, seq } = readSnapshot(path, fd);
    const events = replay(fd, path, mark ?? { run: null, offset: 0 });
    for (;;) {
      const { done, value } = events.next();
      if (done) return { ...value, known: Math.max(seen, seq, value.run?.seq ?? 0) };
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * All events of a journal, for reports: from the first line on, whatever a snapshot covers, in bounded memory. `onLoss` is
 * told of events that are not there any more. Throws Refusal `journal_damaged`, `journal_newer` or `state_unwritable` (not readable).
 */
export function* readEvents(
  path: string,
  onLoss?: (warning: string) => void,
): Generator<Event, void> {
  const seen = readSeenSeq(path);
  const fd = openToRead(path);
  try {
    const { seq } = readSnapshot(path, fd);
    const replayed = yield* replay(fd, path, { run: null, offset: 0 });
    const known = Math.max(seen, seq, replayed.run?.seq ?? 0);
    for (const warning of lossWarnings(path, { ...replayed, known })) onLoss?.(warning);
  } finally {
    closeSync(fd);
  }
}

/** What is to be told of events that are not there any more. */
export function lossWarnings(path: string, { run, torn, known }: Loaded): string[] {
  const missing = known - (run?.seq ?? 0);
  if (missing > 0) return [lostWarning(path, run, missing)];
  return torn ? [tornWarning(path, run)] : [];
}
