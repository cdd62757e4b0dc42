import { readChapters } from '../../app/read-chapters.ts';
import { chapterListResult } from '../../view/chapter-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class ChapterList extends GamedayCommand {
  static override summary = 'List the chapters of the story and where the run stands.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterList);
    return chapterListResult(await readChapters(this.context(flags)));
  }
}
