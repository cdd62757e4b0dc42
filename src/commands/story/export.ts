import * as Flags from '@oclif/core/flags';
import { exportFile } from '../../app/exchange/export-story.ts';
import { exportedResult } from '../../view/exchange-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryExport extends GamedayCommand {
  static override summary = 'Make an experiment of Chaos Toolkit of the story.';
  static override description =
    `Its faults are done and undone by gameday, as programs; probes become probes with a tolerance. What has no counterpart is named and
left out. What a header holds is taken from the environment.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Only look at it',
      command: '<%= config.bin %> <%= command.id %> --stdout',
    },
  ];
  static override flags = {
    output: Flags.file({
      char: 'o',
      description: 'where to write; a file that is there is never overwritten',
      helpValue: 'FILE',
      default: 'experiment.json',
    }),
    stdout: Flags.boolean({ description: 'print the experiment instead of writing it' }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryExport);
    const context = await this.context(flags);
    const exported = await exportFile(context, flags.stdout ? null : flags.output);
    if (exported.path === null) for (const note of exported.notes) context.say(note);
    return exportedResult(exported);
  }
}
