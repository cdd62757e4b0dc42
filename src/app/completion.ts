/**
 * Keeps the lists that TAB offers up to date: a by-product of commands, made from what they looked at anyway. Nothing is
 * asked of an engine for its sake, and nothing fails for want of it.
 */
import type { Engine } from '../engine/engine.ts';
import { type InstanceRow, label } from '../fault/instance.ts';
import { newestRuns, writeCandidates } from '../journal/index.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { liveSchedules } from '../run/schedules.ts';
import type { Place } from './locate.ts';

/** The newest runs are the ones that somebody asks for. */
const MOST_RUNS = 50;

/** The newest listing of the stack that was made through this engine; null where none was. */
export function rememberListing(engine: Engine): () => InstanceRow[] | null {
  let newest: InstanceRow[] | null = null;
  const list = engine.list.bind(engine);
  engine.list = async (signal) => {
    newest = await list(signal);
    return newest;
  };
  return () => newest;
}

/** `rows`: null where the stack was not listed; then its lists are left as they are. Never throws. */
export function refreshCandidates(place: Place, run: Run | null, rows: InstanceRow[] | null): void {
  const { story, stateDir } = place;
  try {
    const listed = rows?.filter((row) => row.untouchable === null);
    const services = listed && [
      ...listed.map((row) => row.service),
      ...Object.keys(story.services),
    ];
    writeCandidates(stateDir, {
      chapters: story.chapters.map((chapter) => chapter.id),
      faults: run ? [...liveFaults(run), ...liveSchedules(run)].map(({ id }) => id) : [],
      runs: newestRuns(stateDir, MOST_RUNS),
      ...(services && { services: [...new Set(services)] }),
      ...(listed && { instances: listed.map(label) }),
    });
  } catch {
    // TAB offers what it offered before.
  }
}
