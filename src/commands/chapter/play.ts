import type { ImpactFigures } from '../../impact/figures.ts';
import { positionResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { durationFlag, overrideFlags, waitFlag } from '../flags.ts';

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
    const impact = new Map<string, ImpactFigures>();
    for (;;) {
      const {
        run,
        place,
        impact: now,
      } = await this.transition(flags, { beginsRun: true }, (runner) => runner.next());
      for (const report of now) impact.set(report.figures.fault, report);
      const { json, lines } = positionResult(run, place.story, [...impact.values()]);
      played.push(json.chapter);
      if (json.end_of_story) return { json: { ...json, played }, lines };
      await this.interruptible((signal) => this.stay(flags.pause, signal));
    }
  }
}
