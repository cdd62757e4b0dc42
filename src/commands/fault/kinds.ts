import { FAULT_KINDS } from '../../fault/kinds/index.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultKinds extends GamedayCommand {
  static override summary = 'List the kinds of fault, and how each is undone.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<Result> {
    await this.parse(FaultKinds);
    const width = Math.max(...FAULT_KINDS.map((row) => row.kind.length));
    return {
      json: {
        kinds: FAULT_KINDS.map(({ kind, summary, wayBack }) => ({ kind, summary, undo: wayBack })),
      },
      lines: FAULT_KINDS.map(
        (row) => `${row.kind.padEnd(width)}  ${row.summary}; undone by ${row.wayBack}`,
      ),
    };
  }
}
