import * as Flags from '@oclif/core/flags';
import { enterNext, planNext } from '../../app/enter-chapter.ts';
import { planResult } from '../../view/plan-results.ts';
import { positionResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, overrideFlags, waitFlag } from '../flags.ts';

export default class ChapterNext extends GamedayCommand {
  static override summary = 'Enter the next chapter: narrate it and do what it says.';
  static override description =
    `A chapter with auto_advance goes on to the one after it by itself. Ctrl-C during a countdown cancels it and changes nothing.
At the end of the story the exit code is 3, so that a loop in a shell script ends.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'See what would happen, and to which target',
      command: '<%= config.bin %> <%= command.id %> --dry-run',
    },
    {
      description: 'Play to the end in a script',
      command: 'while <%= config.bin %> <%= command.id %>; do sleep 5; done',
    },
  ];
  static override flags = {
    ...waitFlag,
    ...eventsFlag,
    ...overrideFlags,
    'dry-run': Flags.boolean({ description: 'print what would happen; run nothing' }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterNext);
    const context = await this.context(flags);
    if (flags['dry-run']) return planResult(await planNext(context));
    return positionResult(await enterNext(context));
  }
}
