/**
 * Fish's part of the completion. In a host it adds to what is there: fish keeps everybody's completions side by side.
 * Matching and quoting are fish's own. Pure.
 */
import type { ScriptParts } from './index.ts';

export function renderFish({ bins, name, alone, topics, program }: ScriptParts): string {
  const registered = bins.flatMap((bin) =>
    alone
      ? [`complete -c ${bin} -f -a '(__gameday_${name})'`]
      : [
          `complete -c ${bin} -n __gameday_ours_${name} -f -a '(__gameday_${name})'`,
          `complete -c ${bin} -n __gameday_first_${name} -a '(__gameday_${name})'`,
        ],
  );
  return TEXT.replaceAll('@NAME@', name)
    .replace('@TOPICS@', topics.join(' '))
    .replace('@REGISTERED@', registered.join('\n'))
    .replace('@PROGRAM@', () => program.replaceAll('\\', '\\\\'));
}

const TEXT = String.raw`# Completion of gameday for fish. At TAB it starts awk, and nothing else.

set -g __gameday_program_@NAME@ '@PROGRAM@'

function __gameday_@NAME@
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed")
    or set current (string trim --left --chars '"\'' -- "$typed")
    set -l rows (LC_ALL=C command awk "$__gameday_program_@NAME@" words "$PWD" 0 0 $words "$current" 2>/dev/null)
    set -l head (string split \t -- "$rows[1]")
    set -e rows[1]
    set -l prefix "$head[2]"
    set -l rest (string sub -s (math 1 + (string length -- "$prefix")) -- "$current")
    switch "$head[1]"
        case files
            set rows (__fish_complete_path "$rest")
        case stories
            set rows (__fish_complete_path "$rest" | string match -r '^[^\t]*(?:/|\.ya?ml)(?:\t.*)?$')
        case dirs
            set rows (__fish_complete_directories "$rest")
        case plain topics
        case '*'
            return 1
    end
    set -q rows[1]; and printf '%s\n' "$prefix"$rows
end

function __gameday_ours_@NAME@
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- (string split -m 1 : -- $words[2])[1] @TOPICS@
end

function __gameday_first_@NAME@
    test (count (commandline -opc)) -eq 1
end

@REGISTERED@
`;
