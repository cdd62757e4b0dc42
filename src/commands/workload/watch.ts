import { lookAtWorkload, watchWorkload } from '../../app/watch-workload.ts';
import type { Result } from '../../view/results.ts';
import { SHOWN_MS, watchedResult, workloadNow } from '../../view/workload-results.ts';
import { GamedayCommand } from '../base-command.ts';
import { durationFlag } from '../flags.ts';

export default class WorkloadWatch extends GamedayCommand {
  static override summary = 'Watch what the workload feels: a line a second.';
  static override description =
    'Looks only; another shell can inject and recover faults meanwhile. Ends with the workload, after --for, or with Ctrl-C. With --json: one look, and what was felt of each live fault.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { for: durationFlag({ description: 'end after this long' }) };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadWatch);
    const context = this.context(flags);
    if (this.jsonEnabled()) return watchedResult(await lookAtWorkload(context, SHOWN_MS));
    const wish = { shownMs: SHOWN_MS, forMs: flags.for ?? null };
    await watchWorkload(context, wish, ({ run, windows, nowMs }) =>
      this.stdout.lines([workloadNow(run, windows, nowMs).line]),
    );
    return { json: {}, lines: [] };
  }
}
