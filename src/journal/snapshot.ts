/**
 * The run as it stood some events ago, so that a command costs the same however long the journal is. A by-product: one
 * that is lost, damaged, of another fold or of another journal is ignored, and the journal is read from its first line.
 *
 * A snapshot belongs to a journal when the bytes before its offset are the ones it was made of, up to 4 KiB of them. So an
 * edit of older lines stays unseen while the snapshot stands; `readEvents`, which the reports use, always checks all lines.
 */
import { fstatSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Run } from '../run/run.ts';
import { checksum } from '../system/checksum.ts';
import { replaceFile } from './disk.ts';
import type { Mark } from './replay.ts';

/** To be raised with every change of what `fold` makes of the same events; a test holds it to that. */
export const SNAPSHOT_VERSION = 11;
const MARKER_BYTES = 4096;

interface Snapshot {
  v: number;
  /** Bytes of the journal that the run is the fold of. */
  offset: number;
  /** Digest of the journal's last bytes before the offset. */
  marker: string;
  /** Digest of all that stands here, to tell damage. */
  digest: string;
  run: Run;
}

const snapshotPath = (journalPath: string) => join(dirname(journalPath), 'snapshot.json');

/** What a snapshot says of its journal. */
export interface Known {
  /** Where to begin to read; null where there is no snapshot that is good for this journal. */
  mark: Mark | null;
  /** Number of the newest event that was written for certain; 0 where nothing is known. */
  seq: number;
}

/** Never throws. */
export function readSnapshot(journalPath: string, fd: number): Known {
  const unknown = { mark: null, seq: 0 };
  try {
    const snapshot = JSON.parse(readFileSync(snapshotPath(journalPath), 'utf8')) as Snapshot;
    const { v, offset, marker, digest, run } = snapshot;
    if (v !== SNAPSHOT_VERSION || digest !== digestOf(snapshot)) return unknown;
    if (fstatSync(fd).size < offset) return { mark: null, seq: run.seq };
    return marker === markerOf(fd, offset) ? { mark: { run, offset }, seq: run.seq } : unknown;
  } catch {
    return unknown;
  }
}

/** `fd` is open for reading the journal. Never throws: without it, the next command reads a little more. */
export function writeSnapshot(journalPath: string, fd: number, run: Run, offset: number): void {
  try {
    const snapshot = { v: SNAPSHOT_VERSION, offset, marker: markerOf(fd, offset), run };
    const path = snapshotPath(journalPath);
    replaceFile(
      path,
      `${path}.tmp`,
      `${JSON.stringify({ ...snapshot, digest: digestOf(snapshot) })}\n`,
      false,
    );
  } catch {
    // See above.
  }
}

function digestOf({ v, offset, marker, run }: Omit<Snapshot, 'digest'>): string {
  return checksum(JSON.stringify([v, offset, marker, run]));
}

function markerOf(fd: number, offset: number): string {
  const bytes = Buffer.alloc(Math.min(offset, MARKER_BYTES));
  const count = readSync(fd, bytes, 0, bytes.length, offset - bytes.length);
  return checksum(bytes.subarray(0, count).toString('latin1'));
}
