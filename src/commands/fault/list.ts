import * as Flags from '@oclif/core/flags';
import { compareContainers } from '../../app/compare-containers.ts';
import type { Context } from '../../app/context.ts';
import { listFaults } from '../../app/list-faults.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { faultListResult } from '../../view/fault-results.ts';
import type { Result } from '../../view/results.ts';
import { canShowScreen } from '../../view/view.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultList extends GamedayCommand {
  static override summary =
    'List the live faults, and how the stack differs from what the journal says.';
  static override description =
    'Compares the journal with the engine: somebody may have restarted or recreated a target. Without an engine the journal alone is shown, and the list says so.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --json',
    '<%= config.bin %> <%= command.id %> --all-containers',
  ];
  static override flags = {
    all: Flags.boolean({ description: 'also the newest recovered faults' }),
    'all-containers': Flags.boolean({
      description:
        'also how every container of the stack differs from how it was made, by whomever',
      exclusive: ['watch'],
    }),
    rules: Flags.boolean({
      description:
        'with --all-containers: also the rules in the network of each, which takes a helper container each',
      dependsOn: ['all-containers'],
    }),
    watch: Flags.boolean({
      description: 'draw the stack and its faults as they change, until q; needs a terminal',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(FaultList);
    const context = await this.context(flags);
    if (flags.watch) await this.#watch(context);
    const [listed, compared] = await Promise.all([
      listFaults(context, flags.all),
      flags['all-containers'] ? compareContainers(context, { inside: flags.rules }) : null,
    ]);
    return faultListResult(listed, compared);
  }

  async #watch(context: Context): Promise<void> {
    const { stdin, stdout, env } = process;
    if (this.jsonEnabled() || !canShowScreen(stdin, stdout, env))
      throw new Refusal('usage', '--watch needs a terminal, and no --json.', 'fault list --json');
    const { watchInTerminal } = await import('../../app/screen/index.ts');
    await watchInTerminal(context, 'stack', this.screenOptions());
  }
}
