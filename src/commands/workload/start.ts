import { GamedayCommand } from '../../base-command.ts';
import { baselineFlag, waitFlag } from '../../flags.ts';
import type { Result } from '../../view/results.ts';

export default class WorkloadStart extends GamedayCommand {
  static override summary = 'Start the load that the story describes, and measure it.';
  static override description =
    'It goes on in the background, across commands and when the terminal is closed, until `workload<%= config.topicSeparator %>stop` or the end of the run.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'Compare with how run r3 was before its first fault', command: '<%= config.bin %> <%= command.id %> --baseline r3' },
  ];
  static override flags = {
    ...waitFlag,
    baseline: baselineFlag({
      description: 'what to compare with, instead of what is measured before the fault: a rate such as 500/s, or an earlier run such as r3',
    }),
  };
  static completions = { baseline: 'runs' };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadStart);
    const { baseline = null } = flags;
    const compared = typeof baseline === 'string' ? await this.earlierBaseline(flags, baseline) : baseline;
    const { run, result } = await this.transition(flags, { beginsRun: true }, (stage) => stage.startWorkload(compared));
    return { json: { run: run.id, workload: run.workload }, lines: [result.text] };
  }
}
