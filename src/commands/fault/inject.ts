import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { FaultKind } from '../../fault/contribution.ts';
import { type FaultKinds, readParams, specOf } from '../../fault/fault-kind.ts';
import { label } from '../../fault/instance.ts';
import { OWN_KINDS } from '../../fault/kinds/index.ts';
import { planInject } from '../../run/plan.ts';
import type { InjectSpec } from '../../story/story.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { impactJson, impactLines } from '../../view/impact.ts';
import { faultJson, planResult, type Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import { countdownFlag, durationFlag, paramFlags, seedFlag, waitFlag } from '../flags.ts';

/** Long enough to read what will be hit, and to take the hand to Ctrl-C. */
const DEFAULT_COUNTDOWN_MS = 3000;

export default class FaultInject extends GamedayCommand {
  static override summary = 'Break one thing, after a countdown that Ctrl-C cancels.';
  static override description =
    `Works with no story at all. The target is found by its Compose labels, and looked up again when the countdown reaches zero.
What is broken stays broken until \`fault<%= config.topicSeparator %>recover\`, or until --duration is over.`;
  static override examples = [
    {
      description: 'Kill one random instance of redis',
      command: '<%= config.bin %> <%= command.id %> kill redis',
    },
    {
      description: 'Freeze exactly one instance, at once, for 30 seconds',
      command: '<%= config.bin %> <%= command.id %> pause redis-2 --countdown 0 --duration 30s',
    },
    {
      description: 'See which target it would be',
      command: '<%= config.bin %> <%= command.id %> kill redis --dry-run',
    },
  ];
  static override args = {
    kind: Args.string({
      required: true,
      description: `kind of fault: ${OWN_KINDS.map((row) => row.kind).join(', ')}`,
    }),
    service: Args.string({
      description: 'service, or service-number for one instance (default: any service)',
    }),
  };
  static override flags = {
    ...waitFlag,
    countdown: countdownFlag('count down this long first, 0 to 60s (default: 3s)'),
    duration: durationFlag({ description: 'recover by itself after this long', minMs: 100 }),
    count: Flags.integer({
      description: 'how many random instances',
      default: 1,
      min: 1,
      exclusive: ['all'],
    }),
    all: Flags.boolean({ description: 'every instance that matches' }),
    ...seedFlag,
    ...paramFlags(OWN_KINDS),
    with: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'a parameter of a kind that a plugin brings; can be given several times',
      helpValue: 'NAME=VALUE',
    }),
    yes: Flags.boolean({
      char: 'y',
      description: 'do not ask before breaking more than one target',
    }),
    force: Flags.boolean({ description: 'also where the steady state of the story is not met' }),
    'dry-run': Flags.boolean({ description: 'print what would happen; change nothing' }),
  };
  static completions = { kind: 'kinds', service: 'targets' };

  protected override async perform(): Promise<Result> {
    const { args, flags } = await this.parse(FaultInject);
    const { kind, kinds } = await this.findKind(args.kind);
    const spec: InjectSpec = {
      ...specOf(kind, this.readParams(kind, kinds, flags)),
      service: args.service ?? null,
      pick: { by: flags.all ? 'all' : 'random' },
      count: flags.count,
      seed: flags.seed ?? null,
      countdown_ms: flags.countdown ?? DEFAULT_COUNTDOWN_MS,
      duration_ms: flags.duration ?? kind.default_duration_ms,
    };
    if (flags['dry-run']) {
      const { place, world } = await this.world(flags);
      const step = planInject(spec, place.story, world);
      return planResult({ title: step.deed, steps: [step] });
    }
    if ((flags.all || flags.count > 1) && !flags.yes && this.interactive()) {
      const many = flags.all ? 'every instance' : `${flags.count} instances`;
      const yes = await this.confirm(
        `Really ${spec.kind} ${many} of ${spec.service ?? 'the stack'}?`,
      );
      if (!yes)
        throw new Refusal(
          'not_confirmed',
          'Nothing was changed.',
          `fault inject ${args.kind} ${args.service ?? ''} --yes`,
        );
    }
    const {
      result: fault,
      run,
      impact,
    } = await this.transition(flags, { beginsRun: true }, (runner) =>
      runner.inject(spec, flags.force),
    );
    const names = fault.targets.map((target) => `${label(target)} (${target.name})`).join(', ');
    const lines = [
      `${fault.id}: ${fault.words.done} ${names}. Mend with \`${this.spelled('fault:recover', true)}\`.`,
    ];
    // What was felt so far, without waiting for more: a script breaks and goes on.
    const own = impact.filter(({ figures }) => figures.fault === fault.id);
    return {
      json: { run: run.id, fault: faultJson(fault), impact: own.map(impactJson) },
      lines: [...lines, ...impactLines(own)],
    };
  }

  /** Throws Refusal `usage` that names every wrong one. */
  private readParams(
    kind: FaultKind,
    kinds: FaultKinds,
    flags: Record<string, unknown> & { with?: string[] | undefined },
  ): Record<string, unknown> {
    const names = OWN_KINDS.flatMap(({ params }) => Object.keys(params));
    const written = {
      ...Object.fromEntries(names.map((name) => [name, flags[name]])),
      ...Object.fromEntries((flags.with ?? []).map((each) => each.split(/=(.*)/s).slice(0, 2))),
    };
    const read = readParams(kind, written, kinds);
    if ('values' in read) return read.values;
    const message = read.problems
      .map(({ param, message, hint }) => `--${param}: ${message}.${hint ? ` ${hint}` : ''}`)
      .join(' ');
    throw new Refusal('usage', message, `fault kinds ${kind.kind}`);
  }
}
