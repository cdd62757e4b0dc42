import * as Args from '@oclif/core/args';
import { listKinds } from '../../app/list-kinds.ts';
import { kindResult, kindsResult } from '../../view/kinds-result.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultKinds extends GamedayCommand {
  static override summary = 'List the kinds of fault, or show one with its parameters.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'What can be set', command: '<%= config.bin %> <%= command.id %> stop' },
  ];
  static override args = { kind: Args.string({ description: 'one kind' }) };
  static completions = { kind: 'kinds' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(FaultKinds);
    const { kinds, asked } = await listKinds(await this.context(flags), args.kind ?? null);
    return asked === null ? kindsResult(kinds) : kindResult(asked);
  }
}
