import { currentFolder } from '../../app/current-folder.ts';
import { examine } from '../../app/doctor/examine.ts';
import { doctorResult } from '../../view/doctor-result.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryDoctor extends GamedayCommand {
  static override summary =
    'Say what stands between you and a safe game day, and what to do about it.';
  static override description =
    `Looks only, at this machine, the engine and the stack, the state folder and the journal, live faults, the watchdog and the workload.
Every line is ok, a warning or a problem. Works without a story, without Docker, and with a damaged journal. The exit code is that
of the first problem: what a command would end with that meets it; warnings do not change it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Before a game day in a script',
      command: '<%= config.bin %> <%= command.id %> --json',
    },
  ];

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryDoctor);
    const lines = await examine(flags, flags['allow-remote'], currentFolder());
    return doctorResult(lines, this.config.bin, this.config.topicSeparator);
  }
}
