/** `story check`: the story with its problems, held against the running stack. Runs nothing that stands in it, and writes nothing. */
import { relative } from 'node:path';
import { checkNames, checkTargets, type TargetCheck } from '../run/check-targets.ts';
import { planInject, type World } from '../run/plan.ts';
import { type Estimate, estimateStory } from '../story/estimate.ts';
import { injectsOf, type Story } from '../story/story.ts';
import { type Code, EngineError, Refusal } from '../terms/outcomes.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { engineKind } from './engines.ts';
import type { Place } from './locate.ts';
import { lookAtWorld, lookForRefusal, withEngine } from './read-world.ts';

export interface CheckedStory {
  story: Story;
  /** As a person in this folder calls it, and absolute. */
  shown: string;
  path: string;
  targets: TargetCheck[];
  estimate: Estimate;
  notes: string[];
}

/** Why a stack could not be looked at that say nothing against the story. */
const UNSEEN: readonly Code[] = ['engine_unreachable', 'remote_engine'];

/** Throws Refusal `story_not_found`, `invalid_story` with every problem, or why a fault cannot happen on the running stack. */
export async function checkStory(context: Context, file: string | null): Promise<CheckedStory> {
  const here = file === null ? context : { ...context, flags: { ...context.flags, story: file } };
  const place = await placeToCheck(here);
  const { story, storyPath: path } = place;
  if (path === null)
    throw new Refusal(
      'story_not_found',
      `There is no gameday.yaml in ${context.cwd} or above it.`,
      'story init',
    );
  const shown = shortened(context.cwd, path);
  const { world, note } = await lookAtStack(here, place);
  const targets = checkTargets(story, world);
  const wrong = targets.filter((target) => target.wrong);
  if (wrong.length > 0) throw refusalOf(shown, wrong);
  const notes = note === null ? [] : [note];
  if (world === null) notes.push(...(await checkAgainstFiles(place)));
  else {
    const services = [...new Set(world.rows.map((row) => row.service))];
    notes.push(...checkNames(story, services, 'has no instance now', world.rows));
    notes.push(...(await lookForRefusals(here, place, world)));
  }
  return { story, path, shown, targets, estimate: estimateStory(story), notes };
}

/** What only the engine can tell against a fault (a tools image that is not there): it can still be put right before the show. */
export async function lookForRefusals(
  context: Context,
  place: Place,
  world: World,
): Promise<string[]> {
  const { story } = place;
  const asked = injectsOf(story).flatMap((spec) => {
    const [target] = planInject(spec, story, world).targets;
    return target ? { spec, id: target.id } : [];
  });
  if (asked.length === 0) return [];
  return withEngine(place, context.flags['allow-remote'], async (engine) => {
    engine.recall?.(world.rows);
    const notes = new Set<string>();
    for (const { spec, id } of asked) {
      const refusal = await lookForRefusal(engine, spec, [id]);
      if (refusal) notes.add(`${refusal.message} Next: ${refusal.next}`);
    }
    return [...notes];
  });
}

async function checkAgainstFiles(place: Place): Promise<string[]> {
  const { story, folder } = place;
  const { files, story: { services_in } = {} } = engineKind(story.engine);
  const names = (await files?.services?.(story, folder).catch(() => null)) ?? [];
  return names.length === 0
    ? []
    : checkNames(story, names, `the ${services_in ?? 'files'} do not have`);
}

/** As `findPlace`, except that the way on from problems is not this command again. */
async function placeToCheck(context: Context): Promise<Place> {
  try {
    return await findPlace(context);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'invalid_story')) throw error;
    const { code, message, problems } = error;
    const next = 'Correct what is named, and check again.';
    throw new Refusal(code, message, next, problems, { cause: error });
  }
}

/** Null where it cannot be looked at, or is down, with the reason. */
export async function lookAtStack(
  context: Context,
  place: Place,
): Promise<{ world: World | null; note: string | null }> {
  try {
    const { run } = currentView(context);
    const world = await lookAtWorld(
      place,
      injectsOf(place.story),
      run,
      context.flags['allow-remote'],
    );
    if (world.rows.length > 0) return { world, note: null };
    const down = engineKind(place.story.engine).owned
      ? 'its services start with the first chapter'
      : 'start it to see what the faults would hit';
    return { world: null, note: `The stack ${world.project} is down; ${down}.` };
  } catch (error) {
    const isUnseen =
      error instanceof EngineError || (error instanceof Refusal && UNSEEN.includes(error.code));
    if (!isUnseen) throw error;
    return { world: null, note: `The stack was not looked at: ${(error as Error).message}` };
  }
}

function refusalOf(file: string, wrong: TargetCheck[]): Refusal {
  const [first] = wrong as [TargetCheck];
  const problems = wrong.map(({ chapter, refused }) => ({
    file,
    line: 0,
    column: 0,
    path: `chapter ${chapter}`,
    message: refused?.message ?? '',
    hint: refused?.next ?? null,
  }));
  const message = `${file} is valid, but ${wrong.length === 1 ? 'one of its faults' : `${wrong.length} of its faults`} cannot happen on the running stack.`;
  const next = 'Correct the story, or start what is missing.';
  return new Refusal((first.refused?.code ?? 'no_target') as Code, message, next, problems);
}

/** As a person in this folder calls it. */
export function shortened(cwd: string, path: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}
