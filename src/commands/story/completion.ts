import { basename } from 'node:path';
import * as Args from '@oclif/core/args';
import { Refusal } from '../../terms/outcomes.ts';
import {
  type CompletionSpec,
  renderCompletion,
  SHELLS,
  type Shell,
} from '../../view/completion/index.ts';
import { completionSpec } from '../../view/completion/spec.ts';
import type { Result } from '../../view/results.ts';
import { GamedayCommand } from '../base-command.ts';

export default class StoryCompletion extends GamedayCommand {
  static override summary =
    'Print what makes TAB complete commands, flags, services, faults and chapters.';
  static override description = `To use it in every new shell, write it to a file once:
  bash  <%= config.bin %> <%= command.id %> bash > ~/.<%= config.bin %>-completion.bash, and in ~/.bashrc: source ~/.<%= config.bin %>-completion.bash
  zsh   <%= config.bin %> <%= command.id %> zsh > ~/.<%= config.bin %>-completion.zsh, and in ~/.zshrc after compinit: source ~/.<%= config.bin %>-completion.zsh
  fish  <%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/<%= config.bin %>.fish
Where the CLI has completion of its own, load it before this; it goes on working. Write the file anew after an update.
At TAB nothing of this CLI is started: services, faults and chapters come from small files in the state folder.`;
  static override examples = [
    {
      description: 'Try it in this shell',
      command: 'source <(<%= config.bin %> <%= command.id %> bash)',
    },
    {
      description: 'Keep it, for fish',
      command:
        '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/<%= config.bin %>.fish',
    },
  ];
  static override args = {
    shell: Args.string({
      options: [...SHELLS],
      description: 'bash, zsh or fish (default: what $SHELL names)',
    }),
  };

  protected override async perform(): Promise<Result> {
    const { args } = await this.parse(StoryCompletion);
    const shell = (args.shell as Shell | undefined) ?? this.ownShell();
    const script = renderCompletion(shell, completionSpec(this.config) as CompletionSpec);
    return { json: { shell, script }, lines: [], raw: script };
  }

  private ownShell(): Shell {
    const named = basename(process.env.SHELL ?? '');
    const shell = SHELLS.find((each) => each === named);
    if (shell) return shell;
    const why =
      named === ''
        ? '$SHELL is not set'
        : `$SHELL is ${named}, which is not one of ${SHELLS.join(', ')}`;
    throw new Refusal('usage', `Which shell is it for? ${why}.`, 'story completion bash');
  }
}
