import * as Flags from '@oclif/core/flags';
import { startWorkload, stayWithWorkload } from '../../app/start-workload.ts';
import type { Result } from '../../view/results.ts';
import {
  foregroundResult,
  SHOWN_MS,
  startedResult,
  workloadNow,
} from '../../view/workload-results.ts';
import { GamedayCommand } from '../base-command.ts';
import { addressFlag, baselineFlag, durationFlag, eventsFlag, waitFlag } from '../flags.ts';

export default class WorkloadStart extends GamedayCommand {
  static override summary = 'Start the load that the story describes, and measure it.';
  static override description =
    `It goes on in the background, across commands and when the terminal is closed, until \`workload<%= config.topicSeparator %>stop\` or the end of the run.

With --foreground it goes on in this command instead, for systems that end what a command leaves behind: until it is stopped from
another shell, --for is over, the run ends, or Ctrl-C. The run's watchdog is in this command, too: faults that other shells inject
with --duration are recovered by it. After --for or a stop it stays as long as it guards one; Ctrl-C and SIGTERM undo those at once.
Where it is killed (\`kill -9\`), its standby ends the load in the journal, recovers those at their limits, and ends.
Where a watchdog in the background has something to do already, it is refused, since two never run.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Compare with how run r3 was before its first fault',
      command: '<%= config.bin %> <%= command.id %> --baseline r3',
    },
    {
      description: 'In a CI job, for ten minutes, and what was measured as JSON',
      command: '<%= config.bin %> <%= command.id %> --foreground --for 10m --json',
    },
  ];
  static override flags = {
    ...waitFlag,
    ...eventsFlag,
    baseline: baselineFlag({
      description:
        'what to compare with, instead of what is measured before the fault: a rate such as 500/s, or an earlier run such as r3',
    }),
    metrics: addressFlag({
      description:
        'serve the figures of the workload and the live faults to Prometheus there, as long as it lives',
    }),
    foreground: Flags.boolean({
      description:
        'measure in this command until the load is stopped, instead of in the background',
    }),
    for: durationFlag({
      description: 'with --foreground: stop the load this long after it began',
      dependsOn: ['foreground'],
      minMs: 100,
    }),
  };
  static completions = { baseline: 'runs' };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadStart);
    const context = await this.context(flags);
    const { baseline = null, metrics = null, for: forMs = null } = flags;
    if (!flags.foreground)
      return startedResult(await startWorkload(context, { baseline, metrics }));
    return foregroundResult(
      await stayWithWorkload(context, {
        baseline,
        metrics,
        forMs,
        shownMs: SHOWN_MS,
        show: (run, windows, nowMs) => context.say(workloadNow(run, windows, nowMs).line),
      }),
    );
  }
}
