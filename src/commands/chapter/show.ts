import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { describeAction } from '../../run/plan.ts';
import { closest } from '../../terms/closest.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { abortLine, chapterResult, type Result } from '../../view/results.ts';
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
    const { story } = await this.place(flags);
    const { chapters } = story;
    const { run } = this.readRun(flags);
    const current = run?.position.chapter ?? null;
    const wanted = args.chapter ?? current ?? chapters[0]?.id ?? '';
    const index = /^\d+$/.test(wanted)
      ? Number(wanted) - 1
      : chapters.findIndex((chapter) => chapter.id === wanted);
    const chapter = chapters[index];
    if (!chapter) {
      const ids = chapters.map((each) => each.id);
      const near = closest(wanted, ids);
      throw new Refusal(
        'unknown_chapter',
        `The story has no chapter "${wanted}"; it has ${ids.join(', ')}.`,
        near ? `chapter show ${near}` : 'chapter list',
      );
    }
    const { json, lines } = chapterResult(
      chapter,
      index + 1,
      chapters.length,
      chapter.on_enter.map(describeAction),
      flags.notes,
    );
    const aborted = (chapter.id === current && run?.aborted) || null;
    return {
      json: { ...json, aborted },
      lines: [...lines, ...(aborted ? [abortLine(aborted)] : [])],
    };
  }
}
