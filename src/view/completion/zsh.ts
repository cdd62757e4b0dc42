/**
 * Zsh's part of the completion. Works sourced after `compinit`, and as the file `_<bin>` in a folder of `fpath`. Hands on what
 * is not ours to the function that was there before. Matching and quoting are zsh's own. Pure.
 */
import type { ScriptParts } from './index.ts';

export function renderZsh({ bins, name, alone, program }: ScriptParts): string {
  return TEXT.replaceAll('@{', '${')
    .replaceAll('@NAME@', name)
    .replace('@ALONE@', alone ? '1' : '0')
    .replaceAll('@BINS@', bins.join(' '))
    .replace('@PROGRAM@', () => program);
}

/** `@{` stands for zsh's own `${`. */
const TEXT = String.raw`#compdef @BINS@
# Completion of gameday for zsh. At TAB it starts awk, and nothing else.

typeset -g __gameday_program_@NAME@='@PROGRAM@'
typeset -g __gameday_before_@NAME@=@{__gameday_before_@NAME@:-}

__gameday_@NAME@() {
  local kind prefix row value about leave=0
  local -a line rows shown more
  [[ -n $__gameday_before_@NAME@ ]] && leave=1
  line=("@{(@Q)words[1,CURRENT-1]}" "@{(Q)PREFIX}")
  rows=("@{(@f)$(LC_ALL=C command awk "$__gameday_program_@NAME@" words "$PWD" 0 $leave "@{line[@]}" 2>/dev/null)}")
  kind=@{rows[1]%%$'\t'*}
  prefix=@{rows[1]#*$'\t'}
  shift rows
  if [[ $kind == pass || -z $kind ]]; then
    [[ -n $__gameday_before_@NAME@ ]] || return 1
    $__gameday_before_@NAME@ "$@"
    return
  fi
  [[ -n $prefix ]] && compset -P "@{(b)prefix}"
  case $kind in
    files) _files; return ;;
    stories) _files -g '*.(yaml|yml)(-.)'; return ;;
    dirs) _files -/; return ;;
    topics) more=(-S '') ;;
  esac
  for row in "@{rows[@]}"; do
    value=@{row%%$'\t'*}
    about=@{row#*$'\t'}
    value=@{value//\\/\\\\}
    shown+=("@{value//:/\\:}@{about:+:$about}")
  done
  (( @{#shown} )) || return 1
  _describe -V 'gameday' shown "@{more[@]}"
}

__gameday_install_@NAME@() {
  local bin alone=@ALONE@
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  for bin in @BINS@; do
    if [[ $alone == 0 && -n $_comps[$bin] && $_comps[$bin] != __gameday_@NAME@ ]]; then
      __gameday_before_@NAME@=$_comps[$bin]
    fi
    compdef __gameday_@NAME@ $bin
  done
}
__gameday_install_@NAME@
[[ $zsh_eval_context[-1] == loadautofunc ]] && __gameday_@NAME@ "$@"
true
`;
