/** Story, engine and stack, for `story doctor`: each is looked at as far as it goes, and what hinders the look is the finding. */
import { basename } from 'node:path';
import { isUnderWay, type Run } from '../../run/run.ts';
import { type DoctorLine, refused } from '../../terms/doctor-line.ts';
import { type ErrorReport, errorReport } from '../../terms/outcomes.ts';
import { DEFAULT_ENGINE, engineKind, openEngine } from '../engines.ts';
import {
  flagsOfRun,
  type Place,
  type PlaceFlags,
  readPlace,
  readPlaceToRecover,
} from '../locate.ts';
import type { StoryFacts } from './facts.ts';

/** `place`: as far as a story can be read, or be done without. */
export async function lookAtStory(
  flags: PlaceFlags,
  run: Run | null,
  cwd: string,
): Promise<{ look: StoryFacts; place: Place | null }> {
  const isMending = run !== null && isUnderWay(run);
  try {
    const { place, note } = isMending
      ? await readPlaceToRecover(flags, run, cwd)
      : { place: await readPlace(flags, cwd), note: null };
    const { story, storyPath } = place;
    return {
      look: {
        path: storyPath,
        name: story.name || basename(cwd),
        engine: story.engine,
        error: null,
        note,
      },
      place,
    };
  } catch (error) {
    const { story = null, engine } = isMending ? flagsOfRun(flags, run, cwd) : flags;
    return {
      look: {
        path: story,
        name: null,
        engine: (engine as StoryFacts['engine']) ?? null,
        error: known(error),
        note: null,
      },
      place: null,
    };
  }
}

/** Also where no story can be read. `fixes`: strays of ours are removed first. `kind`: of the engine that is meant; null where nothing says so. */
export async function lookAtEngine(
  kind: string | null,
  place: Place | null,
  { allowRemote, fixes }: { allowRemote: boolean; fixes: boolean },
  cwd: string,
): Promise<DoctorLine[]> {
  try {
    const row = kind === null ? DEFAULT_ENGINE : engineKind(kind);
    const lines = await row.examine({ folder: cwd, allowRemote, stack: place?.story ?? null });
    const isThere = lines.every(({ level }) => level !== 'problem');
    return isThere && place ? [...lines, ...(await lookAtStack(place, allowRemote, fixes))] : lines;
  } catch (error) {
    return [refused('engine', known(error))];
  }
}

async function lookAtStack(
  place: Place,
  allowRemote: boolean,
  fixes: boolean,
): Promise<DoctorLine[]> {
  try {
    const engine = await openEngine(place, allowRemote);
    try {
      const row = engineKind(engine.kind);
      const fixed = fixes ? await row.tidy?.(engine) : [];
      return [...(fixed ?? []), ...(await row.examineStack(engine))];
    } finally {
      engine.close();
    }
  } catch (error) {
    return [refused('stack', known(error))];
  }
}

/** What is no refusal is a bug, and not for us to hide. */
function known(error: unknown): ErrorReport {
  const report = errorReport(error);
  if (!report) throw error;
  return report;
}
