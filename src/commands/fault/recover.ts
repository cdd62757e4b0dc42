import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { untoldAbort } from '../../run/aborts.ts';
import { planRecover } from '../../run/plan.ts';
import { faultsMeant, isUnderWay, type Run } from '../../run/run.ts';
import { planResult, type Result, recoveredResult } from '../../view/results.ts';
import { unfinishedStack } from '../../view/unfinished-stack.ts';
import { GamedayCommand } from '../base-command.ts';
import { waitFlag, withinFlag } from '../flags.ts';

export default class FaultRecover extends GamedayCommand {
  static override summary = 'Bring back what was broken, and prove it.';
  static override description =
    `Acts on exactly the recorded targets, newest fault first; can be repeated at any time, also after a crash.
Waits until the target runs and its health check passes, until a measured workload is back to its baseline, and until every
probe of the steady state is met. What cannot be verified in time exits 9 and stays live.`;
  static override examples = [
    {
      description: 'Everything, last in first out',
      command: '<%= config.bin %> <%= command.id %>',
    },
    { description: 'One fault', command: '<%= config.bin %> <%= command.id %> f1' },
    {
      description: 'Give up a fault whose container somebody removed',
      command: '<%= config.bin %> <%= command.id %> f1 --close "removed by hand"',
    },
  ];
  static override args = {
    fault: Args.string({ description: 'id of a live fault (default: all)' }),
  };
  static override flags = {
    ...waitFlag,
    ...withinFlag,
    close: Flags.string({
      description: 'close the fault without touching its target, for this reason',
      helpValue: 'REASON',
    }),
    'only-targets': Flags.boolean({
      description: 'what fell with the targets is not asked for',
    }),
    'dry-run': Flags.boolean({ description: 'print what would happen; change nothing' }),
  };
  static completions = { fault: 'faults' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(FaultRecover);
    const which = args.fault ?? 'all';
    const { run: before, holder } = this.readRun(flags);
    if (flags['dry-run'])
      return planResult({ title: 'recover', steps: [planRecover(which, before)] });
    // Nothing to do is success, also in a trap at the end of a script; an id that never was is still an error.
    // That an abort was done by the watchdog is still to be said.
    const hasAborted = before !== null && isUnderWay(before) && untoldAbort(before) !== null;
    if (!before || (faultsMeant(before, which).length === 0 && !hasAborted))
      return this.#withUnfinished(recoveredResult(before, []), before, holder !== null);
    const { close } = flags;
    const {
      result: faults,
      run,
      impact,
    } = await this.transition(flags, { beginsRun: false, mends: true }, (runner) =>
      close === undefined
        ? runner.recover(which, flags.within ?? null, 'command', flags['only-targets'])
        : runner.close(which, close),
    );
    const meant = faults.map(({ id }) => id);
    const result = recoveredResult(
      run,
      faults,
      impact.filter(({ figures }) => meant.includes(figures.fault)),
    );
    return this.#withUnfinished(result, run, false);
  }

  /** No fault, and nothing that this command ends; but a stack that is neither up nor down is not well. */
  #withUnfinished({ json, lines }: Result, run: Run | null, isHeld: boolean): Result {
    const unfinished = unfinishedStack(run, isHeld);
    return {
      json: { ...json, unfinished },
      lines: unfinished ? [...lines, this.unfinishedLine(unfinished)] : lines,
    };
  }
}
