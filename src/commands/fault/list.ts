import * as Flags from '@oclif/core/flags';
import { isLive } from '../../run/run.ts';
import { faultListResult, type Result } from '../../view/results.ts';
import { unfinishedStack } from '../../view/unfinished-stack.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultList extends GamedayCommand {
  static override summary =
    'List the live faults, and how the stack differs from what the journal says.';
  static override description =
    'Compares the journal with the engine: somebody may have restarted or recreated a target. Without an engine the journal alone is shown, and the list says so.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --json',
  ];
  static override flags = {
    all: Flags.boolean({ description: 'also the newest recovered faults' }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(FaultList);
    const view = this.readRun(flags);
    const { run } = view;
    const faults = (run?.faults ?? []).filter((fault) => flags.all || isLive(fault));
    const { drifts, note } = await this.lookAtFaults(flags, faults.filter(isLive));
    const impact = await this.impact(flags, view, faults);
    const { json, lines } = faultListResult(
      run,
      faults,
      { drifts, engineNote: note, impact },
      Date.now(),
    );
    const unfinished = unfinishedStack(run, view.holder !== null);
    if (unfinished) lines.push(this.unfinishedLine(unfinished));
    const watchdog = this.watchdogState(run);
    if (watchdog?.state === 'gone') {
      lines.push(
        `The watchdog of this run is gone, so nothing recovers by itself; \`${this.spelled('fault:recover', true)}\` mends at once.`,
      );
    }
    if (watchdog?.state === 'stopped') {
      const ways = `\`kill -CONT ${watchdog.pid}\` lets it go on, and \`${this.spelled('fault:recover', true)}\` mends at once`;
      lines.push(
        `The watchdog of this run (pid ${watchdog.pid}) is stopped, so nothing recovers by itself; ${ways}.`,
      );
    }
    return { json: { ...json, watchdog: watchdog?.state ?? null, unfinished }, lines };
  }
}
