import * as Args from '@oclif/core/args';
import { checkStory } from '../../app/check-story.ts';
import type { Result } from '../../view/results.ts';
import { checkedResult } from '../../view/story-results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryCheck extends GamedayCommand {
  static override summary =
    'Check a story: every problem at once, and what its faults would hit now.';
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
    return checkedResult(await checkStory(await this.context(flags), args.file ?? null));
  }
}
