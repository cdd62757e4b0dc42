import { FAULT_KINDS } from '../../fault/kinds/index.ts';
import { kindsResult } from '../../view/fault-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultKinds extends GamedayCommand {
  static override summary = 'List the kinds of fault, and how each is undone.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<Result> {
    await this.parse(FaultKinds);
    return kindsResult(FAULT_KINDS);
  }
}
