/** Reading a run as it stands now: from the snapshot on, if there is a good one, else from the first line. Writes nothing. */
import { closeSync } from 'node:fs';
import { readHolder } from './holder.ts';
import type { RunView } from './journal.ts';
import { openToRead, type Replayed, replay, tornWarning } from './replay.ts';
import { readSnapshot } from './snapshot.ts';
import { holderPath, isRun, journalPath, lockPath, readCurrent } from './state-folder.ts';

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
  const warnings =
    loaded.torn && !holder ? [...chosen.warnings, tornWarning(path, loaded.run)] : chosen.warnings;
  return { run: loaded.run, path, warnings, holder };
}

/** `events` counts the ones that no snapshot covers. Throws as `readRun` does. */
export function loadRun(path: string): Replayed {
  const fd = openToRead(path);
  try {
    const events = replay(fd, path, readSnapshot(path, fd) ?? { run: null, offset: 0 });
    for (;;) {
      const step = events.next();
      if (step.done) return step.value;
    }
  } finally {
    closeSync(fd);
  }
}
