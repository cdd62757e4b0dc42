import { stepBack } from '../../app/leave-chapter.ts';
import { positionResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, waitFlag, withinFlag } from '../flags.ts';

export default class ChapterBack extends GamedayCommand {
  static override summary = 'Step back one chapter, undoing what the current one broke.';
  static override description =
    'Faults of the chapter are recovered, last in first out. The chapter before it is not entered again.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...waitFlag, ...eventsFlag, ...withinFlag };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterBack);
    return positionResult(await stepBack(await this.context(flags), flags.within ?? null));
  }
}
