/** docs/reference.md, from the tables and the manifest that the code itself uses. Data in, text out. */

import type { Params } from '../src/fault/contribution.ts';
import { OWN_KINDS } from '../src/fault/kinds/index.ts';
import { CODES, EXITS } from '../src/terms/outcomes.ts';

export interface ManifestCommand {
  id: string;
  summary?: string;
  description?: string;
  args: Record<string, { name: string; required?: boolean; description?: string }>;
  flags: Record<string, ManifestFlag>;
}

interface ManifestFlag {
  name: string;
  char?: string;
  type: 'option' | 'boolean';
  description?: string;
  helpValue?: string;
  options?: string[];
  helpGroup?: string;
}

export function renderReference(commands: Record<string, ManifestCommand>): string {
  const sorted = Object.values(commands).toSorted((a, b) => a.id.localeCompare(b.id));
  const [first] = sorted;
  const shared = Object.values(first?.flags ?? {}).filter(
    (flag) => flag.helpGroup === 'STACK' || flag.helpGroup === 'GLOBAL',
  );
  return `# Reference

Made by \`npm run generate\` from the tables that the code itself uses; a test fails when it is stale.

## Commands

These flags are known to every command:

${flagTable(shared)}

${sorted.map((command) => renderCommand(command, new Set(shared.map((flag) => flag.name)))).join('\n')}
## Kinds of fault

| kind | what it does | undone by | parameters |
|---|---|---|---|
${OWN_KINDS.map((row) => `| \`${row.kind}\` | ${row.summary} | ${row.words.undo} | ${paramCell(row.params)} |`).join('\n')}

## Exit codes

${renderExits()}

## Error codes

What each command prints with \`--json\` is described by [gameday.results.schema.json](../gameday.results.schema.json), under its name (\`chapter_next\`) in \`$defs\`.
With \`--json\` an error is one object on stdout: \`{"error": {"code", "message", "next", "exit"}}\`. \`next\` is the next command to type, or a sentence;
\`problems\` lists what is wrong in a story, each with \`line\`, \`column\`, \`path\`, \`message\` and \`hint\`; \`live\` names the faults that are live.

| code | exit | meaning |
|---|---|---|
${Object.entries(CODES)
  .map(([code, { exit, means }]) => `| \`${code}\` | ${exit} | ${means} |`)
  .join('\n')}
`;
}

/** The section of README.md that plugins of oclif have: each command, with a link to its own in the reference. */
export function renderCommands(commands: Record<string, ManifestCommand>): string {
  const sorted = Object.values(commands).toSorted((a, b) => a.id.localeCompare(b.id));
  const lines = sorted.map(({ id, summary }) => {
    const name = `gameday ${id.replaceAll(':', ' ')}`;
    return `* [\`${name}\`](docs/reference.md#${name.replaceAll(' ', '-')}) ${summary ?? ''}`.trimEnd();
  });
  return lines.join('\n');
}

export function renderExits(): string {
  const rows = Object.entries(EXITS).map(([exit, means]) => `| ${exit} | ${means} |`);
  return `| exit | meaning |\n|---|---|\n${rows.join('\n')}`;
}

function renderCommand(command: ManifestCommand, shared: ReadonlySet<string>): string {
  const id = command.id.replaceAll(':', ' ');
  const args = Object.values(command.args).map((arg) =>
    arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`,
  );
  const own = Object.values(command.flags).filter((flag) => !shared.has(flag.name));
  const argRows = Object.values(command.args).map(
    (arg) => `| \`${arg.name.toUpperCase()}\` | ${cell(arg.description)} |`,
  );
  const table =
    argRows.length + own.length > 0
      ? `\n| | |\n|---|---|\n${[...argRows, ...own.map(flagRow)].join('\n')}\n`
      : '';
  return `### \`${[id, ...args].join(' ')}\`

${filledIn([command.summary, command.description].filter(Boolean).join(' '), id)}
${table}`;
}

/** As `--help` has it: commands by their name, and indented lines are to be copied. */
function filledIn(text: string, id: string): string {
  const lines = text
    .replaceAll('<%= config.bin %>', 'gameday')
    .replaceAll('<%= config.topicSeparator %>', ' ')
    .replaceAll('<%= command.id %>', id)
    .split('\n');
  const parts: string[] = [];
  for (const [at, line] of lines.entries()) {
    const isCode = line.startsWith('  ');
    const before = lines[at - 1];
    if (before === undefined || before.startsWith('  ') !== isCode) parts.push('\n\n');
    else parts.push(isCode ? '\n' : ' ');
    parts.push(isCode ? `    ${line.trim()}` : line);
  }
  return parts.join('').trim();
}

function flagTable(flags: ManifestFlag[]): string {
  return `| | |\n|---|---|\n${flags.map(flagRow).join('\n')}`;
}

function flagRow(flag: ManifestFlag): string {
  const value =
    flag.type === 'option'
      ? ` ${flag.options ? flag.options.join('\\|') : (flag.helpValue ?? 'VALUE')}`
      : '';
  return `| \`${flag.char ? `-${flag.char}, ` : ''}--${flag.name}${value}\` | ${cell(flag.description)} |`;
}

function cell(text = ''): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function paramCell(params: Params): string {
  const rows = Object.entries(params).map(
    ([name, { help, example }]) => `\`${name}\`: ${help}, such as \`${example}\``,
  );
  return rows.join('<br>') || 'none';
}
