/** Story, engine and stack, for `story doctor`: each is looked at as far as it goes, and what hinders the look is the finding. */
import { basename } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { isUnderWay, type Run } from '../../run/run.ts';
import { type ErrorReport, errorReport } from '../../terms/outcomes.ts';
import { openEngine } from '../engines.ts';
import { flagsOfRun, type Place, type PlaceFlags, readPlace, readPlaceToMend } from '../locate.ts';
import type { EngineFacts, StackFacts, StoryFacts } from './facts.ts';

/** `place`: as far as a story can be read, or be done without. */
export async function lookAtStory(
  flags: PlaceFlags,
  run: Run | null,
  cwd: string,
): Promise<{ look: StoryFacts; place: Place | null }> {
  const isMending = run !== null && isUnderWay(run);
  try {
    const { place, note } = isMending
      ? await readPlaceToMend(flags, run, cwd)
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

/** Also where no story can be read: then what Docker engine there is. */
export async function lookAtEngine(
  place: Place | null,
  allowRemote: boolean,
  cwd: string,
): Promise<EngineFacts> {
  const kind = place?.story.engine ?? 'compose';
  if (kind === 'process')
    return {
      kind,
      docker: null,
      compose: null,
      error: null,
      ...(await lookAtStack(place, allowRemote, null)),
    };
  const { examineCompose, examineDocker } = await import('../../engine/compose/docker-exam.ts');
  const [docker, compose] = await Promise.all([
    attempt(() => examineDocker(allowRemote)),
    examineCompose(cwd),
  ]);
  const isThere = docker.error === null;
  const stack =
    isThere && place
      ? await lookAtStack(place, allowRemote, docker.value?.by ?? null)
      : { stack: null, stack_error: null };
  return { kind, docker: docker.value, compose, error: docker.error, ...stack };
}

async function lookAtStack(
  place: Place | null,
  allowRemote: boolean,
  by: 'unix' | 'tcp' | 'ssh' | null,
): Promise<Pick<EngineFacts, 'stack' | 'stack_error'>> {
  if (!place) return { stack: null, stack_error: null };
  const { value, error } = await attempt(async () => {
    const engine = await openEngine(place, allowRemote);
    try {
      return await examineStack(engine, by);
    } finally {
      engine.close();
    }
  });
  return { stack: value, stack_error: error };
}

async function examineStack(
  engine: Engine,
  by: 'unix' | 'tcp' | 'ssh' | null,
): Promise<StackFacts> {
  const rows = (await engine.list()).filter((row) => row.untouchable === null);
  const running = rows.filter((row) => row.state === 'running');
  const [first] = running;
  const one = first && by !== null ? await engine.inspect(first.id) : null;
  let within_reach: boolean | null = null;
  const pid = one?.record.pid;
  if (one && typeof pid === 'number' && by !== null) {
    const { isWithinReach } = await import('../../engine/compose/docker-crash.ts');
    within_reach = isWithinReach(by, one.id, pid);
  }
  return { project: engine.project, instances: rows.length, running: running.length, within_reach };
}

async function attempt<T>(
  look: () => Promise<T>,
): Promise<{ value: T | null; error: ErrorReport | null }> {
  try {
    return { value: await look(), error: null };
  } catch (error) {
    return { value: null, error: known(error) };
  }
}

/** What is no refusal is a bug, and not for us to hide. */
function known(error: unknown): ErrorReport {
  const report = errorReport(error);
  if (!report) throw error;
  return report;
}
