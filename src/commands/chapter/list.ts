import { notesOf } from '../../app/notes.ts';
import { readChapters } from '../../app/read-chapters.ts';
import { chapterListResult } from '../../view/chapter-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class ChapterList extends GamedayCommand {
  static override summary =
    'List the chapters of the story, where the run stands, and what people noted.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterList);
    const context = await this.context(flags);
    const { story, run } = await readChapters(context);
    return chapterListResult({ story, run, notes: notesOf(context, run) });
  }
}
