import { isUnderWay } from '../../run/run.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { waitFlag, withinFlag } from '../flags.ts';

export default class ChapterReset extends GamedayCommand {
  static override summary = 'End the run: recover everything, stop what gameday started.';
  static override description =
    'The next `chapter<%= config.topicSeparator %>next` begins a new run at the first chapter. Where no run is under way there is nothing to do, and the exit code is 0.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...waitFlag, ...withinFlag };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterReset);
    const before = this.readRun(flags).run;
    if (!before || !isUnderWay(before))
      return { json: { run: null }, lines: ['No run is under way: nothing to reset.'] };
    const { run } = await this.transition(flags, { beginsRun: false, mends: true }, (runner) =>
      runner.reset(flags.within ?? null),
    );
    const lines = [
      `Run ${run.id} is over; \`${this.spelled('chapter:next', true)}\` begins a new one.`,
    ];
    return { json: { run: run.id, finished_at: run.finished_at, verified: run.verified }, lines };
  }
}
