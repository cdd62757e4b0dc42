import * as Flags from '@oclif/core/flags';
import { listFaults } from '../../app/list-faults.ts';
import { faultListResult } from '../../view/fault-results.ts';
import type { Result } from '../../view/results.ts';
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
    return faultListResult(await listFaults(this.context(flags), flags.all));
  }
}
