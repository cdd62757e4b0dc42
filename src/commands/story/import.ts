import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { importFile } from '../../app/exchange/import-experiment.ts';
import { importedResult } from '../../view/exchange-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryImport extends GamedayCommand {
  static override summary = 'Make a story of an experiment of Chaos Toolkit.';
  static override description =
    `Providers of the type process and http are taken over: http by curl where gameday's own look cannot say it. What has no counterpart
(Python functions but for time.sleep and a few of os, tolerances that are code) is refused by name. Secrets stay in the environment.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> experiment.json',
    {
      description: 'Only look at it',
      command: '<%= config.bin %> <%= command.id %> experiment.yaml --stdout',
    },
  ];
  static override args = {
    file: Args.string({ required: true, description: 'experiment, as JSON or YAML' }),
  };
  static override flags = {
    output: Flags.file({
      char: 'o',
      description: 'where to write; a file that is there is never overwritten',
      helpValue: 'FILE',
      default: 'gameday.yaml',
    }),
    stdout: Flags.boolean({ description: 'print the story instead of writing it' }),
  };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(StoryImport);
    const context = await this.context(flags);
    const imported = importFile(context, args.file, flags.stdout ? null : flags.output);
    if (imported.path === null) for (const note of imported.notes) context.say(note);
    return importedResult(imported);
  }
}
