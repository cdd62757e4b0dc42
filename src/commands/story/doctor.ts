import * as Flags from '@oclif/core/flags';
import { examine } from '../../app/doctor/examine.ts';
import { doctorResult } from '../../view/doctor-result.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryDoctor extends GamedayCommand {
  static override summary =
    'Say what stands between you and a safe game day, and what to do about it.';
  static override description =
    `Looks at this machine, the engine and the stack, the state folder and the journal, live faults, the watchdog and the workload, and changes nothing. With --fix it first removes what a killed gameday left on the engine, and only that.
Every line is ok, a warning or a problem. Works without a story, without Docker, and with a damaged journal. The exit code is that
of the first problem: what a command would end with that meets it; warnings do not change it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Before a game day in a script',
      command: '<%= config.bin %> <%= command.id %> --json',
    },
  ];

  static override flags = {
    fix: Flags.boolean({
      description: 'remove containers that a killed gameday left on the engine, of any stack',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryDoctor);
    const { flags: found, cwd } = await this.context(flags);
    const given = { allowRemote: flags['allow-remote'], fixes: flags.fix };
    return doctorResult(await examine(found, given, cwd), this.spelling);
  }
}
