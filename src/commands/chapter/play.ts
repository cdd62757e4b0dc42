import { playToEnd } from '../../app/enter-chapter.ts';
import { playedResult, type Result } from '../../view/results.ts';
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
    return playedResult(await playToEnd(this.context(flags), flags.pause));
  }
}
