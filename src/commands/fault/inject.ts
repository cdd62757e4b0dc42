import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { injectFault, planInjection, specFrom } from '../../app/inject-fault.ts';
import { GUARDS } from '../../fault/guards.ts';
import { OWN_KINDS } from '../../fault/kinds/index.ts';
import { COUNTED_PICKS } from '../../fault/selectors.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { injectedResult } from '../../view/fault-results.ts';
import { planResult } from '../../view/plan-results.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';
import {
  amountFlag,
  countdownFlag,
  durationFlag,
  eventsFlag,
  paramFlags,
  seedFlag,
  waitFlag,
} from '../flags.ts';

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
      description: 'Half of two services, but not redis-1',
      command: '<%= config.bin %> <%= command.id %> stop redis,web --count 50% --exclude redis-1',
    },
    {
      description: 'The leader of etcd, as the story says how it is found',
      command: '<%= config.bin %> <%= command.id %> kill etcd --pick leader',
    },
    {
      description: 'One of those that bear a label',
      command: '<%= config.bin %> <%= command.id %> kill --label tier=db',
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
      description:
        'service; or one instance by service-number, container name or id; several with commas (default: any service)',
    }),
  };
  static override flags = {
    ...waitFlag,
    ...eventsFlag,
    countdown: countdownFlag('count down this long first, 0 to 60s (default: 3s)'),
    duration: durationFlag({ description: 'recover by itself after this long', minMs: 100 }),
    label: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'only what bears this label, or all of several; NAME alone: any value; * stands for anything',
      helpValue: 'NAME=VALUE',
    }),
    count: amountFlag({
      description: 'how many instances (default: 1); a share is rounded down, to one at least',
      exclusive: ['all'],
    }),
    all: Flags.boolean({ description: 'every instance that matches, as --count all' }),
    pick: Flags.option({
      options: [...COUNTED_PICKS, 'leader'] as const,
      description:
        'which ones; oldest and newest: made first, made last; leader: as the story says how it is found',
      default: 'random',
    })(),
    ...seedFlag,
    exclude: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description: 'service, service-number, container name or id that is left out',
      helpValue: 'NAME',
    }),
    overrule: Flags.option({
      options: GUARDS,
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description: 'guard that does not count this time; each refusal names its own',
    })(),
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
    const context = await this.context(flags);
    if (flags.pick === 'leader' && (flags.all || flags.count !== undefined))
      throw new Refusal(
        'usage',
        'The leader is one instance: --count and --all mean nothing with --pick leader.',
        'Take them out.',
      );
    const spec = await specFrom(context, {
      kind: args.kind,
      written: writtenParams(flags),
      service: args.service?.split(',').filter(Boolean) ?? null,
      labels: flags.label ?? [],
      pick: { by: flags.all || flags.count === 'all' ? 'all' : flags.pick },
      count: flags.count === undefined || flags.count === 'all' ? 1 : flags.count,
      exclude: flags.exclude ?? [],
      overrule: flags.overrule ?? [],
      seed: flags.seed ?? null,
      countdown_ms: flags.countdown ?? DEFAULT_COUNTDOWN_MS,
      duration_ms: flags.duration ?? null,
    });
    if (flags['dry-run']) {
      const step = await planInjection(context, spec);
      return planResult({ title: step.action, steps: [step] });
    }
    return injectedResult(await injectFault(context, spec, flags));
  }
}

/** What a user wrote of the parameters of a kind, by name. */
function writtenParams(
  flags: Record<string, unknown> & { with?: string[] | undefined },
): Record<string, unknown> {
  const names = OWN_KINDS.flatMap(({ params }) => Object.keys(params));
  return {
    ...Object.fromEntries(names.map((name) => [name, flags[name]])),
    ...Object.fromEntries((flags.with ?? []).map((each) => each.split(/=(.*)/s).slice(0, 2))),
  };
}
