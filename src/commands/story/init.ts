import * as Flags from '@oclif/core/flags';
import { draftStory } from '../../app/draft-story.ts';
import type { Result } from '../../view/results.ts';
import { draftedResult, offerLines } from '../../view/story-results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryInit extends GamedayCommand {
  static override summary = 'Write a good first story for the stack in this folder.';
  static override description =
    `Reads the Compose model, a Procfile, or what runs on a cluster, and writes gameday.yaml: eight chapters, the service to break, the
load that feels it, and what is protected. Each guess has a comment that says why. In a terminal it asks; in a script it takes the flags
and its guesses. A file that is there is never overwritten.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'In a script, with what is known',
      command:
        '<%= config.bin %> <%= command.id %> --service api --url http://127.0.0.1:8080/healthz',
    },
    {
      description: 'For what runs in a namespace of Kubernetes',
      command: '<%= config.bin %> <%= command.id %> --context staging --namespace shop',
    },
    {
      description: 'For what runs in a stack of Docker Swarm',
      command: '<%= config.bin %> <%= command.id %> --engine swarm --project shop',
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

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(StoryInit);
    const { service = null, url = null, output = null, stdout: shownOnly, yes } = flags;
    const wish = { service, url, output, shownOnly, yes };
    return draftedResult(await draftStory(await this.context(flags), wish, offerLines));
  }
}
