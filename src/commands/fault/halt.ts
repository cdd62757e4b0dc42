import * as Flags from '@oclif/core/flags';
import { haltFaults } from '../../app/halt.ts';
import { haltedResult } from '../../view/halt-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, withinFlag } from '../flags.ts';

export default class FaultHalt extends GamedayCommand {
  static override summary = 'Recover everything at once, and let nothing be injected.';
  static override description =
    `From any shell, also while another command holds the run: that one ends, a countdown is cancelled, and what it was just breaking is undone.
Nothing can be injected until \`fault<%= config.topicSeparator %>resume\`. A file HALT in the state folder does the same, whoever makes it: a command or a watchdog
that is at work sees it at once, else the next command does.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --reason "customers are calling"',
  ];
  static override flags = {
    ...withinFlag,
    ...eventsFlag,
    reason: Flags.string({ description: 'why, for whoever is refused', helpValue: 'TEXT' }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(FaultHalt);
    const wish = { reason: flags.reason ?? null, withinMs: flags.within ?? null };
    return haltedResult(await haltFaults(await this.context(flags), wish));
  }
}
