import * as Flags from '@oclif/core/flags';
import { drawWorkload, lookAtWorkload, watchWorkload } from '../../app/watch-workload.ts';
import type { Result } from '../../view/results.ts';
import { canShowScreen } from '../../view/view.ts';
import { SHOWN_MS, watchedResult, workloadNow } from '../../view/workload-results.ts';
import { GamedayCommand } from '../base-command.ts';
import { durationFlag } from '../flags.ts';

export default class WorkloadWatch extends GamedayCommand {
  static override summary = 'Watch what the workload feels.';
  static override description =
    `In a terminal: its figures and its last minute, drawn anew as they change; else a line a second. Looks only; another shell can
inject and recover faults meanwhile. Ends with the workload, after --for, with q or with Ctrl-C. With --json: one look, and what was
felt of each live fault.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    for: durationFlag({ description: 'end after this long' }),
    plain: Flags.boolean({ description: 'a line a second in a terminal, too' }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadWatch);
    const context = await this.context(flags);
    if (this.jsonEnabled()) return watchedResult(await lookAtWorkload(context, SHOWN_MS));
    const { stdin, stdout, env } = process;
    if (!flags.plain && canShowScreen(stdin, stdout, env)) {
      await drawWorkload(context, flags.for ?? null, this.screenOptions());
      return { json: {}, lines: [] };
    }
    const wish = { shownMs: SHOWN_MS, forMs: flags.for ?? null };
    await watchWorkload(context, wish, ({ run, windows, nowMs }) =>
      this.stdout.lines([workloadNow(run, windows, nowMs).line]),
    );
    return { json: {}, lines: [] };
  }
}
