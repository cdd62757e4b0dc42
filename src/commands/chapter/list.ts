import type { Result } from '../../view/results.ts';
import { renderChapters } from '../../view/tables.ts';
import { GamedayCommand } from '../base-command.ts';

export default class ChapterList extends GamedayCommand {
  static override summary = 'List the chapters of the story and where the run stands.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterList);
    const { story } = await this.place(flags);
    const { run } = this.readRun(flags);
    const current = run?.finished_at === null ? run.position : null;
    const index = story.chapters.findIndex((chapter) => chapter.id === current?.chapter);
    const chapters = story.chapters.map(({ id, title, auto_advance, blocks_advance }) => ({
      id,
      title,
      auto_advance,
      blocks_advance,
    }));
    const json = {
      story: story.name,
      run: run?.id ?? null,
      current:
        index < 0 ? null : { number: index + 1, id: chapters[index]?.id, phase: current?.phase },
      chapters,
      aborted: run?.aborted ?? null,
    };
    return {
      json,
      lines: renderChapters(chapters, {
        index,
        phase: current?.phase ?? 'entered',
        aborted: Boolean(run?.aborted),
      }),
    };
  }
}
