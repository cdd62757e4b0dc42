import { relative } from 'node:path';
import * as Flags from '@oclif/core/flags';
import type { Draft } from '../../story/draft/draft.ts';
import { closest } from '../../terms/closest.ts';
import type { Result } from '../../view/results.ts';
import { type Drafted, draftedResult, offerLines } from '../../view/story-results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryInit extends GamedayCommand {
  static override summary = 'Write a good first story for the stack in this folder.';
  static override description =
    `Reads the Compose model (or a Procfile) and writes gameday.yaml beside it: eight chapters, the service to break, the load that
feels it, and what is protected. Each guess has a comment that says why. In a terminal it asks; in a script it takes the flags
and its guesses. A file that is there is never overwritten.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'In a script, with what is known',
      command:
        '<%= config.bin %> <%= command.id %> --service api --url http://127.0.0.1:8080/healthz',
    },
    { description: 'Only look at it', command: '<%= config.bin %> <%= command.id %> --stdout' },
    {
      description: 'An example that needs no Docker',
      command: '<%= config.bin %> <%= command.id %> --engine process',
    },
  ];
  static override flags = {
    service: Flags.string({
      description: 'service to break (default: the best one that is found)',
      helpValue: 'NAME',
    }),
    url: Flags.string({
      description: 'where the load goes: http://…, redis://… or tcp://HOST:PORT',
      helpValue: 'URL',
    }),
    output: Flags.file({
      char: 'o',
      description: 'where to write (default: gameday.yaml beside the Compose file)',
      helpValue: 'FILE',
    }),
    stdout: Flags.boolean({
      description: 'print the story instead of writing it',
      exclusive: ['output'],
    }),
    yes: Flags.boolean({ char: 'y', description: 'ask nothing; take every guess' }),
  };
  static completions = { service: 'services' };

  protected override readonly afterSignal = 'story init --yes';

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryInit);
    const drafting = await this.drafting(flags, {
      output: flags.output ?? flags.story ?? null,
      shownOnly: flags.stdout,
    });
    for (const note of drafting.notes) this.note(note);
    const asks = this.interactive() && !flags.yes && !flags.stdout;
    const service = flags.service ?? (asks ? await this.askService(drafting.offers) : null);
    const guessed = drafting.draft({ service, url: flags.url ?? null });
    const draft =
      asks && flags.url === undefined
        ? await this.askLoad(guessed, (url) => drafting.draft({ service, url }))
        : guessed;
    if (flags.stdout)
      return draftedResult(
        draft,
        { path: null, shown: null, notes: drafting.notes },
        this.spelled('story:check', true),
      );
    const note = drafting.save(draft.text);
    if (note !== null) this.note(note);
    const drafted: Drafted = {
      path: drafting.path,
      shown: relative(process.cwd(), drafting.path),
      notes: [...drafting.notes, ...(note === null ? [] : [note])],
    };
    return draftedResult(draft, drafted, this.spelled('story:check', true));
  }

  /** One of them; Enter takes the first. */
  private async askService(offers: { service: string; why: string }[]): Promise<string | null> {
    const [best] = offers;
    if (!best || offers.length === 1) return null;
    for (const line of offerLines(offers)) this.note(line);
    for (;;) {
      const answer = await this.ask(`Which service shall be broken? [${best.service}] `);
      const names = offers.map(({ service }) => service);
      if (answer === '') return best.service;
      if (names.includes(answer)) return answer;
      const near = closest(answer, names);
      this.note(`No service is called "${answer}".${near ? ` Did you mean ${near}?` : ''}`);
    }
  }

  /** The draft with the load that is wanted; Enter takes what was guessed. */
  private async askLoad(guessed: Draft, draft: (url: string) => Draft): Promise<Draft> {
    const load = guessed.workload;
    const known =
      load.kind === 'http'
        ? load.urls.join(' ')
        : load.kind === 'redis'
          ? load.url
          : load.kind === 'tcp'
            ? `tcp://${load.host}:${load.port}`
            : 'none, simulated';
    this.note(`The load: ${load.why}`);
    for (;;) {
      const answer = await this.ask(`Which URL feels it? [${known}] `);
      if (answer === '') return guessed;
      try {
        return draft(answer);
      } catch (error) {
        this.note((error as Error).message);
      }
    }
  }
}
