/** Reads what stands in a run's folder, and makes the report of it. Takes no lock, asks no engine, and writes nothing. */
import { dirname, join } from 'node:path';
import type { Window } from '../../impact/windows.ts';
import {
  readCurrent,
  readEvents,
  readNotes,
  readRun,
  readStates,
  StoryCopyReader,
} from '../../journal/index.ts';
import { ENVIRONMENT_FILE } from '../../run/environment.ts';
import type { Event } from '../../run/events.ts';
import { type Report, reportOf } from '../../run/report/report.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { ProbeReader } from '../../workload/samples/probe-file.ts';
import { eachWindow, whyUnreadable } from '../../workload/samples/sample-file.ts';
import { readLateFile } from '../feed-readers.ts';
import { unknownRun } from '../unknown-run.ts';
import { watchdogFiles } from '../watchdog/files.ts';

export interface ReadReport {
  report: Report;
  /** Of the run, absolute. */
  folder: string;
  /** All of them; the report's timeline may leave some out. */
  events: readonly Event[];
  /** As they were measured; each time they are read anew. */
  windows(): Iterable<Window>;
}

/** `id`: null for the current run. Throws Refusal `no_run` or `unknown_run`, and as `readRun` and `readEvents` do. */
export function readReport(stateDir: string, id: string | null, version: string): ReadReport {
  const { run, path, warnings, holder } = readRun(stateDir, id ?? undefined);
  if (path === null || run === null) {
    if (id !== null) throw unknownRun(stateDir, id, 'story runs');
    throw new Refusal('no_run', `No run has begun in ${stateDir}.`, 'chapter next');
  }
  const folder = dirname(path);
  const { samples, probes, alerts } = watchdogFiles(folder);
  const notes = readNotes(folder);
  const lost: string[] = [];
  const events: Event[] = [...readEvents(path, (warning) => lost.push(warning))];
  const unreadable = whyUnreadable(samples);
  const windows = () => (unreadable === null ? eachWindow(samples) : []);
  const report = reportOf({
    nowMs: Date.now(),
    gameday: version,
    events,
    story: new StoryCopyReader(folder).read()?.story ?? null,
    isHeld: holder !== null && readCurrent(stateDir).id === run.id,
    states: readStates(folder),
    windows: windows(),
    probeNotes: new ProbeReader(probes).read(),
    alertNotes: new ProbeReader(alerts).read(),
    late: readLateFile(join(folder, ENVIRONMENT_FILE)),
    notes: notes.notes,
    warnings: [
      ...new Set([...warnings, ...notes.warnings, ...(holder === null ? lost : [])]),
      ...(unreadable === null ? [] : [`${unreadable}.`]),
    ],
  });
  return { report, folder, events, windows };
}
