import { relative } from 'node:path';
import * as Args from '@oclif/core/args';
import { checkNames, checkTargets, type TargetCheck } from '../../run/check-targets.ts';
import type { World } from '../../run/plan.ts';
import { estimateStory } from '../../story/estimate.ts';
import { type Code, EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Result } from '../../view/results.ts';
import { checkedResult } from '../../view/story-results.ts';
import { GamedayCommand } from '../base-command.ts';

type Place = Awaited<ReturnType<GamedayCommand['place']>>;

/** Why a stack could not be looked at that say nothing against the story. */
const UNSEEN: readonly Code[] = ['engine_unreachable', 'remote_engine'];

export default class StoryCheck extends GamedayCommand {
  static override summary =
    'Check a story: every problem at once, and what its faults would fall on now.';
  static override description =
    `Lists each problem with file, line and column. A story without one is compared with the running stack, and the time it takes is
estimated. Nothing that stands in the story is run, and nothing is written. A stack that is down or an engine that cannot be
reached is said, and no problem of the story.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Check one before a commit',
      command: '<%= config.bin %> <%= command.id %> stories/losing-a-node.yaml --json',
    },
  ];
  static override args = {
    file: Args.file({ description: 'story file (default: the nearest gameday.yaml)' }),
  };
  static completions = { file: 'stories' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(StoryCheck);
    const where = { ...flags, story: args.file ?? flags.story };
    const place = await this.placeToCheck(where);
    const { story, storyPath: path } = place;
    if (path === null)
      throw new Refusal(
        'story_not_found',
        `There is no gameday.yaml in ${process.cwd()} or above it.`,
        'story init',
      );
    const { world, note } = await this.look(where);
    const targets = checkTargets(story, world);
    const wrong = targets.filter((target) => target.wrong);
    if (wrong.length > 0) throw this.refusal(shortened(path), wrong);
    const notes = note === null ? [] : [note];
    if (world !== null)
      notes.push(
        ...checkNames(
          story,
          [...new Set(world.rows.map((row) => row.service))],
          'has no instance now',
        ),
      );
    else notes.push(...(await this.checkAgainstFiles(place)));
    return checkedResult({
      story,
      path,
      shown: shortened(path),
      targets,
      estimate: estimateStory(story),
      notes,
    });
  }

  private async checkAgainstFiles(place: Place): Promise<string[]> {
    const names = await this.serviceNames(place);
    return names.length === 0
      ? []
      : checkNames(place.story, names, 'the Compose files do not have');
  }

  /** As `place`, except that the way on from problems is not this command again. */
  private async placeToCheck(flags: Parameters<GamedayCommand['place']>[0]): Promise<Place> {
    try {
      return await this.place(flags);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'invalid_story')) throw error;
      throw new Refusal(
        error.code,
        error.message,
        'Mend what is named, and check again.',
        error.problems,
        { cause: error },
      );
    }
  }

  private async look(
    flags: Parameters<GamedayCommand['world']>[0],
  ): Promise<{ world: World | null; note: string | null }> {
    try {
      const { place, world } = await this.world(flags);
      if (world.rows.length > 0) return { world, note: null };
      const down =
        place.story.engine === 'process'
          ? 'its services start with the first chapter'
          : 'start it to see what the faults would fall on';
      return { world: null, note: `The stack ${world.project} is down; ${down}.` };
    } catch (error) {
      if (
        !(error instanceof EngineError) &&
        !(error instanceof Refusal && UNSEEN.includes(error.code))
      )
        throw error;
      return { world: null, note: `The stack was not looked at: ${error.message}` };
    }
  }

  private refusal(file: string, wrong: TargetCheck[]): Refusal {
    const [first] = wrong as [TargetCheck];
    const problems = wrong.map(({ chapter, refused }) => ({
      file,
      line: 0,
      column: 0,
      path: `chapter ${chapter}`,
      message: refused?.message ?? '',
      hint: refused?.next ?? null,
    }));
    const message = `${file} is valid, but ${wrong.length === 1 ? 'a fault of it' : `${wrong.length} faults of it`} cannot happen on the running stack.`;
    return new Refusal(
      (first.refused?.code ?? 'no_target') as Code,
      message,
      'Mend the story, or start what is missing.',
      problems,
    );
  }
}

/** As a person in this folder calls it. */
function shortened(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
