/**
 * From what oclif knows of the commands to the tables that the shells' completion goes by, and to the text of a script.
 * Pure. What decides is in `completion-core.ts`; each shell's own part is in a file beside this one.
 */
import { COMPOSE_FILES } from '../../terms/compose-files.ts';
import { renderBash } from './bash.ts';
import { CORE } from './core.ts';
import { renderFish } from './fish.ts';
import { renderZsh } from './zsh.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A flag as it stands in oclif's manifest. */
export interface FlagRow {
  name: string;
  type: string;
  char?: string | undefined;
  description?: string | undefined;
  summary?: string | undefined;
  helpValue?: string | string[] | undefined;
  hidden?: boolean | undefined;
  multiple?: boolean | undefined;
  options?: readonly string[] | undefined;
}

export interface ArgRow {
  name: string;
  hidden?: boolean | undefined;
  options?: readonly string[] | undefined;
}

/** A command as it stands in oclif's manifest. `completions`: name of an argument or flag -> the list of its values. */
export interface CommandRow {
  id: string;
  summary?: string | undefined;
  hidden?: boolean | undefined;
  args: Record<string, ArgRow>;
  flags: Record<string, FlagRow>;
  completions?: Record<string, string> | undefined;
}

export interface CompletionSpec {
  /** Names under which the CLI is called, the first one its own. */
  bins: readonly [string, ...string[]];
  separator: string;
  /** The CLI is ours alone; otherwise what is not ours is left to whatever completes it now. */
  alone: boolean;
  topics: readonly { name: string; description?: string | undefined }[];
  commands: readonly CommandRow[];
  /** Lists that never change: value -> what is said of it. */
  lists: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What each shell's part gets. `topics` are the first words that are ours. */
export interface ScriptParts {
  bins: readonly string[];
  /** Of the first bin, with nothing in it that a function's name cannot have. */
  name: string;
  alone: boolean;
  topics: readonly string[];
  /** For awk; without a single quote. */
  program: string;
}

const RENDER: Record<Shell, (parts: ScriptParts) => string> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

export function renderCompletion(shell: Shell, spec: CompletionSpec): string {
  const [bin] = spec.bins;
  const topics = topicsOf(spec);
  const program = `${renderTables(spec, topics)}${CORE}BEGIN { main(); exit }\n`;
  const names = topics.map((topic) => topic.name);
  return RENDER[shell]({
    bins: spec.bins,
    name: bin.replaceAll(/[^A-Za-z0-9]/g, '_'),
    alone: spec.alone,
    topics: names,
    program,
  });
}

/** The first words of our commands, with what the CLI says of them. */
function topicsOf({ commands, topics }: CompletionSpec): { name: string; description: string }[] {
  const names = new Set(
    commands
      .filter((command) => !command.hidden)
      .map((command) => command.id.split(':')[0] as string),
  );
  return [...names].map((name) => ({
    name,
    description: topics.find((topic) => topic.name === name)?.description ?? '',
  }));
}

/** The tables as one BEGIN block. Flags that several commands share stand in it once. */
function renderTables(
  spec: CompletionSpec,
  topics: readonly { name: string; description: string }[],
): string {
  const rows: string[] = [
    `SEPARATOR = ${quoteRaw(spec.separator)}`,
    `HELP = ${spec.alone ? 1 : 0}`,
    `COMPOSE = ${quote(COMPOSE_FILES.join(' '))}`,
  ];
  topics.forEach(({ name, description }, index) => {
    rows.push(
      `TOPIC[${index + 1}] = ${quote(name)}; ABOUT[${quote(name)}] = ${quote(description)}`,
    );
  });
  for (const [name, values] of Object.entries(spec.lists)) {
    const lines = Object.entries(values).map(
      ([value, about]) => `${clean(value)}\t${clean(about)}`,
    );
    rows.push(`LIST[${quote(name)}] = ${lines.map((line) => quoteRaw(line)).join(' "\\n" ')}`);
  }
  const flags = new Map<string, number>();
  const visible = spec.commands.filter((command) => !command.hidden);
  visible.forEach((command, index) => {
    const id = quote(command.id);
    const numbers = Object.values(command.flags).flatMap((flag) => {
      if (flag.hidden) return [];
      const row = flagRow(flag, command.completions);
      if (!flags.has(row)) flags.set(row, flags.size + 1);
      return [flags.get(row)];
    });
    const args = Object.values(command.args).map(
      (arg) => sourceOf(arg, command.completions) || '-',
    );
    rows.push(`COMMAND[${index + 1}] = ${id}; ABOUT[${id}] = ${quote(command.summary ?? '')}`);
    rows.push(`ARGS[${id}] = ${quote(args.join(' '))}; FLAGS[${id}] = ${quote(numbers.join(' '))}`);
  });
  for (const [row, number] of flags) rows.push(`SPEC[${number}] = ${quoteRaw(row)}`);
  rows.push(`topicCount = ${topics.length}; commandCount = ${visible.length}`);
  return `BEGIN {\n${rows.map((row) => `  ${row}\n`).join('')}}\n`;
}

/** name, char, takes a value, can be repeated, where its values come from, what is said of it: with tabs in between. */
function flagRow(flag: FlagRow, completions: CommandRow['completions']): string {
  const takesValue = flag.type === 'option';
  const fields = [
    flag.name,
    flag.char ?? '',
    takesValue ? '1' : '',
    flag.multiple ? '1' : '',
    takesValue ? sourceOf(flag, completions) : '',
  ];
  return [...fields, flag.summary ?? flag.description ?? ''].map(clean).join('\t');
}

/** `=a|b` for options, the name of a list, `files`, `stories`, `dirs`, or nothing. oclif's manifest does not tell a file from a text, but what help calls its value does. */
function sourceOf(
  row: Pick<FlagRow, 'name' | 'options' | 'helpValue'>,
  completions: CommandRow['completions'],
): string {
  if (row.options) return `=${row.options.join('|')}`;
  const named = completions?.[row.name];
  if (named) return named;
  if (row.helpValue === 'FILE') return row.name === 'story' ? 'stories' : 'files';
  return row.helpValue === 'DIR' ? 'dirs' : '';
}

/** One line, as a list shows it. */
function clean(text: string): string {
  const line = text.split('\n', 1)[0] as string;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return line.replaceAll(/[\x00-\x1f\x7f]/g, ' ').trim();
}

function quote(text: string): string {
  return quoteRaw(clean(text));
}

/** A string of awk that can stand between single quotes of a shell. */
function quoteRaw(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll("'", '\\047').replaceAll('\t', '\\t')}"`;
}
