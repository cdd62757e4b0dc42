import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { findChapter } from '../../app/read-chapters.ts';
import { chapterResult } from '../../view/chapter-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class ChapterShow extends GamedayCommand {
  static override summary = 'Show one chapter: its narration and what it does on entering.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'With the notes for the presenter',
      command: '<%= config.bin %> <%= command.id %> recovery --notes',
    },
  ];
  static override args = {
    chapter: Args.string({ description: 'id or number of a chapter (default: the current one)' }),
  };
  static override flags = {
    notes: Flags.boolean({ description: 'also show the notes for the presenter' }),
  };
  static completions = { chapter: 'chapters' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(ChapterShow);
    return chapterResult(
      await findChapter(await this.context(flags), args.chapter ?? null),
      flags.notes,
    );
  }
}
