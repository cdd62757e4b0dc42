import * as Flags from '@oclif/core/flags';
import { pruneRuns, summarizeRuns } from '../../app/report/list-runs.ts';
import { runsResult } from '../../view/report/runs.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

const SHOWN = 20;

export default class StoryRuns extends GamedayCommand {
  static override summary = 'List the runs in this folder: when, what came of each, what was lost.';
  static override description =
    'The newest first. What came of a run that is over is kept beside it, so that many runs cost no more than a few. With --prune, all but the newest are deleted, with their samples and reports; never the current one, and none of which something is live or cannot be told.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'In a scheduled job',
      command: '<%= config.bin %> <%= command.id %> --prune 50 --json',
    },
  ];
  static override flags = {
    all: Flags.boolean({ description: `all of them, not the newest ${SHOWN}` }),
    prune: Flags.integer({
      min: 1,
      description: 'delete all but so many of the newest',
      helpValue: 'KEEP',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryRuns);
    const context = await this.context(flags);
    const pruned = flags.prune === undefined ? null : await pruneRuns(context, flags.prune);
    const found = summarizeRuns(context, flags.all ? Number.POSITIVE_INFINITY : SHOWN + 1);
    const runs = flags.all ? found : found.slice(0, SHOWN);
    return runsResult({ runs, more: found.length > runs.length, pruned });
  }
}
