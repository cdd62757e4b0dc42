/** Which commands of a CLI are ours to complete, and under which names the CLI is called. Pure: reads what oclif has loaded. */
import { OWN_KINDS } from '../../fault/kinds/index.ts';
import type { CommandRow, CompletionSpec } from './index.ts';

/** Of oclif's Config, what is needed here. */
export interface LoadedCli {
  readonly bin: string;
  readonly binAliases?: string[] | undefined;
  readonly topicSeparator: string;
  readonly pjson: { readonly name: string };
  readonly plugins: ReadonlyMap<
    string,
    { name: string; commandIDs: string[]; commands: readonly { id: string }[] }
  >;
  readonly topics: CompletionSpec['topics'];
}

/** Null where our plugin is not among those of the CLI. */
export function completionSpec(cli: LoadedCli): CompletionSpec | null {
  const ours = [...cli.plugins.values()].find((plugin) =>
    plugin.commandIDs.includes('story:completion'),
  );
  if (!ours) return null;
  return {
    bins: [cli.bin, ...(cli.binAliases ?? []).filter((alias) => alias !== cli.bin)],
    separator: cli.topicSeparator,
    alone: cli.pjson.name === ours.name,
    topics: cli.topics,
    commands: ours.commands as unknown as CommandRow[],
    lists: { kinds: Object.fromEntries(OWN_KINDS.map((row) => [row.kind, row.summary])) },
  };
}
