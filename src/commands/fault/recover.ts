import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { planRecovery, recoverFaults } from '../../app/recover-faults.ts';
import { recoveredResult } from '../../view/fault-results.ts';
import { planResult } from '../../view/plan-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, waitFlag, withinFlag } from '../flags.ts';

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
    { description: 'Two faults', command: '<%= config.bin %> <%= command.id %> f1 f3' },
    {
      description: 'All that was paused of redis',
      command: '<%= config.bin %> <%= command.id %> --kind pause --service redis',
    },
    {
      description: 'Give up a fault whose container somebody removed',
      command: '<%= config.bin %> <%= command.id %> f1 --close "removed by hand"',
    },
  ];
  static override args = {
    fault: Args.string({
      multiple: true,
      required: false,
      description: 'ids of live faults (default: all)',
    }),
  };
  static override flags = {
    ...waitFlag,
    ...eventsFlag,
    ...withinFlag,
    kind: Flags.string({ description: 'only faults of this kind', helpValue: 'KIND' }),
    service: Flags.string({
      description: 'only faults that hit this service or service-number',
      helpValue: 'SERVICE',
    }),
    close: Flags.string({
      description:
        'close the fault without touching its target, for this reason: it is never called recovered',
      helpValue: 'REASON',
    }),
    'only-targets': Flags.boolean({
      description: 'what fell with the targets is not asked for',
    }),
    'dry-run': Flags.boolean({ description: 'print what would happen; change nothing' }),
  };
  static completions = { fault: 'faults', kind: 'kinds', service: 'targets' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(FaultRecover);
    const context = await this.context(flags);
    const which = {
      ids: args.fault ?? [],
      kind: flags.kind ?? null,
      service: flags.service ?? null,
    };
    if (flags['dry-run'])
      return planResult({ title: 'recover', steps: [planRecovery(context, which)] });
    const wish = {
      which,
      withinMs: flags.within ?? null,
      close: flags.close ?? null,
      onlyTargets: flags['only-targets'],
    };
    return recoveredResult(await recoverFaults(context, wish));
  }
}
