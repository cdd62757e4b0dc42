import { enterAgain } from '../../app/enter-chapter.ts';
import { positionResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, overrideFlags, waitFlag, withinFlag } from '../flags.ts';

export default class ChapterRetry extends GamedayCommand {
  static override summary = 'Enter the current chapter again, after undoing what it broke.';
  static override description =
    'For a chapter that failed or was interrupted; it starts from its first action.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...waitFlag, ...eventsFlag, ...withinFlag, ...overrideFlags };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterRetry);
    return positionResult(await enterAgain(await this.context(flags), flags.within ?? null));
  }
}
