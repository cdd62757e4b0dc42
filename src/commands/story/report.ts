import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { writeReport } from '../../app/report/write-report.ts';
import { EXTENSIONS, FORMATS, type Format, renderReport } from '../../view/report/index.ts';
import { reportResult } from '../../view/report/result.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryReport extends GamedayCommand {
  static override summary = 'Make a report of a run: what was expected, and what was observed.';
  static override description =
    `Looks at the run's own files alone; no engine is asked, and the story need not be there any more. A run that still goes on, was
cut off or has gaps gets a report that says so. The report is one file that needs no network and no script; it is written into the
run's folder, for you alone, and its path is printed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'For the job summary of a CI system',
      command:
        '<%= config.bin %> <%= command.id %> --format markdown --output - >> "$GITHUB_STEP_SUMMARY"',
    },
    {
      description: 'An earlier run, as JUnit for GitLab or Jenkins',
      command: '<%= config.bin %> <%= command.id %> r3 --format junit --output gameday.xml',
    },
  ];
  static override args = {
    run: Args.string({ description: 'id of a run, as r3 (default: the current one)' }),
  };
  static override flags = {
    format: Flags.option({
      char: 'f',
      options: [...FORMATS],
      default: 'html' as const,
      description: 'form of the report',
    })(),
    output: Flags.string({
      char: 'o',
      description: "where to write; - prints it (default: a file in the run's folder)",
      helpValue: 'FILE',
    }),
  };
  static completions = { run: 'runs' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(StoryReport);
    const format: Format = flags.format;
    const { bin, topicSeparator } = this.config;
    const host = { bin, separator: topicSeparator };
    const wish = {
      run: args.run ?? null,
      output: flags.output ?? null,
      name: `report.${EXTENSIONS[format]}`,
    };
    const written = await writeReport(this.context(flags), wish, (report, windows) =>
      renderReport(format, report, windows, host),
    );
    return reportResult({ ...written, format });
  }
}
