/** Asks the completion as a shell asks it, without a terminal: bash with a line and a cursor, fish with `complete -C`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CompletionSpec, renderCompletion } from '../../src/view/completion/index.ts';

export const hasShell = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

const place = {
  story: { name: 'story', type: 'option', char: 's', helpValue: 'FILE', description: 'story file' },
  'compose-file': { name: 'compose-file', type: 'option', helpValue: 'FILE', multiple: true },
  engine: { name: 'engine', type: 'option', options: ['compose', 'process'] },
  'state-dir': { name: 'state-dir', type: 'option', helpValue: 'DIR' },
  json: { name: 'json', type: 'boolean' },
  old: { name: 'old', type: 'boolean', hidden: true },
};

/** Commands of every sort that there is; the texts are nasty on purpose. */
export function spec(changes: Partial<CompletionSpec> = {}): CompletionSpec {
  return {
    bins: ['gameday'],
    separator: ' ',
    alone: true,
    topics: [{ name: 'fault', description: `it's "broken": \\n $(touch x) \`y\`` }],
    commands: [
      {
        id: 'fault:inject',
        summary: `Break 'one' thing: \\ "now" \`at once\``,
        args: { kind: { name: 'kind' }, service: { name: 'service' } },
        flags: {
          ...place,
          yes: { name: 'yes', type: 'boolean', char: 'y', description: "don't ask" },
          count: { name: 'count', type: 'option', char: 'c' },
        },
        completions: { kind: 'kinds', service: 'targets' },
      },
      {
        id: 'fault:recover',
        args: { fault: { name: 'fault' } },
        flags: place,
        completions: { fault: 'faults' },
      },
      { id: 'fault:secret', hidden: true, args: {}, flags: {} },
      {
        id: 'chapter:show',
        args: { chapter: { name: 'chapter' } },
        flags: place,
        completions: { chapter: 'chapters' },
      },
      {
        id: 'story:check',
        args: { file: { name: 'file' } },
        flags: place,
        completions: { file: 'stories' },
      },
      {
        id: 'story:init',
        args: {},
        flags: { ...place, service: { name: 'service', type: 'option' } },
        completions: { service: 'services' },
      },
    ],
    lists: { kinds: { kill: 'SIGKILL', pause: "freeze; it's still there" } },
    ...changes,
  };
}

/** `@{` stands for bash's own `${`. */
const HARNESS = String.raw`
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
while IFS= read -r COMP_LINE; do
  COMP_POINT=@{#COMP_LINE} COMPREPLY=()
  __gameday_gameday gameday '' ''
  for each in "@{COMPREPLY[@]}"; do printf '%s\n' "$each"; done
  printf '\f\n'
done
`.replaceAll('@{', '${');

/** What bash would offer for each line, with the cursor at its end: what is inserted, word by word. */
export function askBash(
  lines: string[],
  options: { cwd: string; spec?: CompletionSpec; setup?: string; env?: NodeJS.ProcessEnv },
): string[][] {
  const script = join(options.cwd, '.harness.bash');
  writeFileSync(
    script,
    `${options.setup ?? ''}\n${renderCompletion('bash', options.spec ?? spec())}\n${HARNESS}`,
  );
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', script], {
    cwd: options.cwd,
    input: lines.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
    env: { ...process.env, COMPOSE_FILE: '', ...options.env },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout
    .split('\f\n')
    .slice(0, -1)
    .map((text) => text.split('\n').slice(0, -1));
}

/** What fish would offer for each line: candidates without their descriptions. */
export function askFish(
  lines: string[],
  options: { cwd: string; spec?: CompletionSpec },
): string[][] {
  const script = join(options.cwd, '.harness.fish');
  writeFileSync(
    script,
    `${renderCompletion('fish', options.spec ?? spec())}\nwhile read --null line\ncomplete -C "$line"\nprintf '\\f\\n'\nend\n`,
  );
  const { stdout, stderr } = spawnSync('fish', ['--no-config', script], {
    cwd: options.cwd,
    input: lines.map((line) => `${line}\0`).join(''),
    encoding: 'utf8',
    env: { ...process.env, COMPOSE_FILE: '' },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout
    .split('\f\n')
    .slice(0, -1)
    .map((text) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t')[0] as string),
    );
}
