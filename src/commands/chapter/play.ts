import * as Flags from '@oclif/core/flags';
import type { Context } from '../../app/context.ts';
import { playToEnd } from '../../app/enter-chapter.ts';
import { ON_STDOUT } from '../../app/outlets/outlet.ts';
import type { Served } from '../../app/screen/serve.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { rehearsedResult } from '../../view/plan-results.ts';
import { playedResult, type Result } from '../../view/results.ts';
import { spellCommands } from '../../view/spelling.ts';
import { canShowScreen } from '../../view/view.ts';
import { GamedayCommand } from '../base-command.ts';
import { durationFlag, eventsFlag, overrideFlags, waitFlag } from '../flags.ts';

export default class ChapterPlay extends GamedayCommand {
  static override summary = "Play the story on the presenter's screen, or by itself.";
  static override description =
    `In a terminal: a screen with the chapter, the stack, the workload and what happens, moved by keys (? shows them). It shares the
run with other shells: what they do is seen, and the other way round. What breaks something asks first. A screen that was killed
by SIGKILL leaves the terminal as it was then: type \`reset\`.
With --audience it only shows the run, in any number of further terminals. With --auto, and off a terminal, the story is played to its end, chapter by chapter; the run is held only while a chapter is
entered, so that another shell can step in between. With --rehearse nothing is done: the whole story is told as a dry run. Ctrl-C stops where it is; the same command goes on from there.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'In a second terminal, for the audience',
      command: '<%= config.bin %> <%= command.id %> --audience',
    },
    {
      description: 'By itself',
      command: '<%= config.bin %> <%= command.id %> --auto --pause 10s',
    },
  ];
  static override flags = {
    ...waitFlag,
    ...eventsFlag,
    ...overrideFlags,
    auto: Flags.boolean({ description: 'play to the end without keys' }),
    pause: durationFlag({
      description: 'with --auto: how long to stay on a chapter before the next one',
      default: 2000,
      defaultHelp: async () => '2s',
    }),
    plain: Flags.boolean({
      description: 'the same keys, but line by line: for a screen reader',
      exclusive: ['auto'],
    }),
    audience: Flags.boolean({
      description: 'only show the run: larger, without notes and keys',
      exclusive: ['auto', 'yes'],
    }),
    yes: Flags.boolean({ description: 'ask nothing before something is broken' }),
    rehearse: Flags.boolean({
      description:
        'only say what each chapter would do, how long it takes, and what would be refused',
      exclusive: ['auto', 'audience', 'plain', 'yes'],
    }),
    serve: Flags.string({
      description:
        "serve a page that follows live to the audience's browsers, and print its address",
      helpValue: '127.0.0.1:PORT',
      exclusive: ['rehearse'],
    }),
    record: Flags.string({
      description: 'keep what the screen shows as an asciinema cast (version 2)',
      helpValue: 'FILE',
      exclusive: ['auto', 'plain', 'rehearse'],
    }),
  };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(ChapterPlay);
    const context = await this.context(flags);
    if (flags.rehearse) {
      const { rehearse } = await import('../../app/rehearse.ts');
      return rehearsedResult(await rehearse(context));
    }
    const { stdin, stdout, env } = process;
    const isPlain = flags.auto || flags.events === ON_STDOUT || this.jsonEnabled();
    const isShown = !isPlain && canShowScreen(stdin, stdout, env);
    if (!isShown && flags.audience)
      throw new Refusal(
        'usage',
        '--audience shows the run on a terminal, and there is none here (or CI is set); it never plays one.',
        'chapter list',
      );
    if (!isShown && flags.record !== undefined)
      throw new Refusal(
        'usage',
        '--record keeps what a terminal shows, and there is none here.',
        'chapter play',
      );
    const served =
      flags.serve === undefined ? null : await this.#serve(context, flags.serve, isShown);
    try {
      if (!isShown) return playedResult(await playToEnd(context, flags.pause));
      // Loaded for the screen alone.
      const { playInTerminal } = await import('../../app/screen/index.ts');
      const { leftResult } = await import('../../view/screen/result.ts');
      const options = { ...flags, ...this.screenOptions(), page: served?.url ?? null };
      return leftResult(await playInTerminal(context, options));
    } finally {
      await served?.close();
    }
  }

  async #serve(context: Context, address: string, isShown: boolean): Promise<Served> {
    const { serveAudience } = await import('../../app/screen/serve.ts');
    const { host } = this.screenOptions();
    const spell = (text: string) => spellCommands(text, host);
    const served = await serveAudience(context, address, spell, isShown);
    context.say(`The audience's page: ${served.url}`);
    return served;
  }
}
