import { Flags } from '@oclif/core';
import { GamedayCommand } from '../../base-command.ts';
import { waitFlag } from '../../flags.ts';
import type { Result } from '../../view/results.ts';

export default class WorkloadStart extends GamedayCommand {
  static override summary = 'Start the load that the story describes, and measure it.';
  static override description =
    'It goes on in the background, across commands and when the terminal is closed, until `workload<%= config.topicSeparator %>stop` or the end of the run.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = {
    ...waitFlag,
    baseline: Flags.integer({
      description: 'operations a second to compare with, instead of what is measured before the fault',
      min: 1,
      helpValue: 'NUMBER',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadStart);
    const { run, result } = await this.transition(flags, { beginsRun: true }, (stage) => stage.startWorkload(flags.baseline ?? null));
    return { json: { run: run.id, workload: run.workload }, lines: [result.text] };
  }
}
