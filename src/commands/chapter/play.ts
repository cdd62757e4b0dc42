import { GamedayCommand } from '../../base-command.ts';
import { durationFlag, overrideFlags, waitFlag } from '../../flags.ts';
import type { FeltReport } from '../../story/measure/report.ts';
import { positionResult, type Result } from '../../view/results.ts';

export default class ChapterPlay extends GamedayCommand {
  static override summary = 'Play the story to its end, chapter by chapter.';
  static override description =
    'Holds the run only while a chapter is entered, so that another shell can step in between. Ctrl-C stops where it is; the same command goes on from there.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --pause 10s',
  ];
  static override flags = {
    ...waitFlag,
    ...overrideFlags,
    pause: durationFlag({
      description: 'how long to stay on a chapter before the next one',
      default: 2000,
      defaultHelp: async () => '2s',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterPlay);
    const played: unknown[] = [];
    const felt = new Map<string, FeltReport>();
    for (;;) {
      const {
        run,
        place,
        felt: now,
      } = await this.transition(flags, { beginsRun: true }, (stage) => stage.next());
      for (const report of now) felt.set(report.figures.fault, report);
      const { json, lines } = positionResult(run, place.story, [...felt.values()]);
      played.push(json.chapter);
      if (json.end_of_story) return { json: { ...json, played }, lines };
      await this.interruptible((signal) => this.stay(flags.pause, signal));
    }
  }
}
