import { endRun } from '../../app/leave-chapter.ts';
import { endedResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, waitFlag, withinFlag } from '../flags.ts';

export default class ChapterReset extends GamedayCommand {
  static override summary = 'End the run: recover everything, stop what gameday started.';
  static override description =
    'The next `chapter<%= config.topicSeparator %>next` begins a new run at the first chapter. Where no run is under way there is nothing to do, and the exit code is 0.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...waitFlag, ...eventsFlag, ...withinFlag };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterReset);
    return endedResult(await endRun(await this.context(flags), flags.within ?? null));
  }
}
