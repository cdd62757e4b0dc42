import { resumeFaults } from '../../app/halt.ts';
import { resumedResult } from '../../view/halt-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class FaultResume extends GamedayCommand {
  static override summary = 'Let faults be injected again after `fault halt`.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(FaultResume);
    return resumedResult(resumeFaults(await this.context(flags)));
  }
}
