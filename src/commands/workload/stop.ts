import { stopWorkload } from '../../app/stop-workload.ts';
import type { Result } from '../../view/results.ts';
import { stoppedResult } from '../../view/workload-results.ts';
import { GamedayCommand } from '../base-command.ts';
import { eventsFlag, waitFlag } from '../flags.ts';

export default class WorkloadStop extends GamedayCommand {
  static override summary = 'Stop the load.';
  static override description =
    `Where the story has \`verify\`, every acknowledged write is read back first; lost and stale ones end it with exit code 8, after the load has stopped.
Where none runs there is nothing to do, and the exit code is 0.`;
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...waitFlag, ...eventsFlag };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadStop);
    return stoppedResult(await stopWorkload(await this.context(flags)));
  }
}
