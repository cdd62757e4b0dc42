import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import * as Errors from '@oclif/core/errors';
import * as Flags from '@oclif/core/flags';
import type { CommonFlags } from '../../app/context.ts';
import { type CompareWish, compareRuns } from '../../app/report/compare-runs.ts';
import { writeReport, writeText } from '../../app/report/write-report.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { safeJson } from '../../view/printable.ts';
import { comparisonMarkdown, comparisonResult } from '../../view/report/comparison.ts';
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
    {
      description: 'In a CI job, against the report that the main branch kept',
      command: '<%= config.bin %> <%= command.id %> --against main.json --fail-if-worse 10%',
    },
    {
      description: 'The last of them against those before it',
      command: '<%= config.bin %> <%= command.id %> --compare r3 r4 r7',
    },
  ];
  static override args = {
    run: Args.string({ description: 'id of a run, as r3 (default: the current one)' }),
  };
  static override flags = {
    format: Flags.option({
      char: 'f',
      options: [...FORMATS],
      description: 'form of the report (default: html; of a comparison: markdown)',
    })(),
    output: Flags.string({
      char: 'o',
      description: "where to write; - prints it (default: a file in the run's folder)",
      helpValue: 'FILE',
    }),
    compare: Flags.string({
      helpGroup: 'COMPARE',
      multiple: true,
      exclusive: ['against'],
      description: 'runs of before; the last of several is compared with the others',
      helpValue: 'RUN',
    }),
    against: Flags.file({
      helpGroup: 'COMPARE',
      description: 'the report of a run of before, as JSON',
      helpValue: 'FILE',
    }),
    'fail-if-worse': Flags.custom<number>({
      helpGroup: 'COMPARE',
      parse: readShare,
      description: 'exit with 8 where something is worse by more than this and by more than chance',
      helpValue: 'SHARE',
    })(),
  };
  static completions = { run: 'runs', compare: 'runs' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(StoryReport);
    const run = args.run ?? null;
    const allowed = flags['fail-if-worse'] ?? null;
    if (flags.compare || flags.against !== undefined)
      return this.compare(flags, {
        run,
        runs: flags.compare ?? [],
        against: flags.against ?? null,
        allowed,
      });
    if (allowed !== null)
      throw new Refusal(
        'usage',
        '--fail-if-worse needs something to compare with.',
        'story report --against FILE --fail-if-worse 10%',
      );
    const format = flags.format ?? 'html';
    const wish = { run, output: flags.output ?? null, name: `report.${EXTENSIONS[format]}` };
    const written = await writeReport(await this.context(flags), wish, (report, records) =>
      renderReport(format, report, records, this.spelling),
    );
    return reportResult({ ...written, format });
  }

  private async compare(
    flags: CommonFlags & { format?: Format | undefined; output?: string | undefined },
    wish: CompareWish,
  ): Promise<Result> {
    const { format = 'markdown', output } = flags;
    if (format !== 'markdown' && format !== 'json')
      throw new Refusal(
        'usage',
        `A comparison has no form "${format}": it is markdown or json.`,
        'story report --compare RUN --format markdown',
      );
    const context = await this.context(flags);
    const comparison = compareRuns(context, wish);
    const { allowed } = wish;
    const made = { comparison, allowed, path: null, text: null };
    if (output === undefined && flags.format === undefined) return comparisonResult(made);
    const text =
      format === 'json'
        ? `${safeJson(comparisonResult(made).json, 2)}\n`
        : comparisonMarkdown(comparison, allowed);
    if (output === undefined || output === '-') return comparisonResult({ ...made, text });
    const path = resolve(context.cwd, output);
    writeText(path, text);
    return comparisonResult({ ...made, path });
  }
}

/** `10%` or `10` to 0.1. */
async function readShare(input: string): Promise<number> {
  const value = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(input)?.[1]);
  if (value >= 0 && value <= 10_000) return value / 100;
  throw new Errors.CLIError(`Expected a share such as 10%, but received: ${input}`);
}
