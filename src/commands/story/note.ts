import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { writeNote } from '../../app/notes.ts';
import { noteResult } from '../../view/note-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryNote extends GamedayCommand {
  static override summary = 'Write down what you saw, with its time, in the run.';
  static override description =
    `Takes no lock: it works while another command holds the run, and from any number of terminals at once.
Notes stand in \`notes.ndjson\` of the run, in \`chapter<%= config.topicSeparator %>list\` and on the screen of \`chapter<%= config.topicSeparator %>play\`.
Addresses lose their user and password.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> "pager went off"',
    {
      description: 'For somebody else',
      command: '<%= config.bin %> <%= command.id %> "checkout is slow" --author ann',
    },
  ];
  static override args = {
    text: Args.string({ description: 'what you saw, in quotes', required: true }),
  };
  static override flags = {
    author: Flags.string({ description: 'who saw it (default: you)', helpValue: 'NAME' }),
  };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(StoryNote);
    const { text } = args;
    return noteResult(writeNote(await this.context(flags), { text, author: flags.author ?? null }));
  }
}
