/**
 * Bash's part of the completion: splits the line itself, since bash cuts words at `:` and `=` (COMP_WORDBREAKS); quotes what
 * is inserted; hands on what is not ours to the function that was there before. Needs no bash-completion. In bash 3.2, which
 * has no `compopt`, a space follows a topic's colon. Pure.
 */
import type { ScriptParts } from './index.ts';

export function renderBash({ bins, name, alone, program }: ScriptParts): string {
  return TEXT.replaceAll('@{', '${')
    .replaceAll('@NAME@', name)
    .replace('@ALONE@', alone ? '1' : '0')
    .replace('@BINS@', bins.join(' '))
    .replace('@PROGRAM@', () => program);
}

/** `@{` stands for bash's own `${`. */
const TEXT = String.raw`# Completion of gameday for bash. At TAB it starts awk, and nothing else.

__gameday_program_@NAME@='@PROGRAM@'

# Splits the line up to the cursor. Sets __gd_words (without their quotes, the last one being typed), __gd_quote (the quote
# that is open, if any) and __gd_before (what of the last word stands before the piece that readline replaces).
__gameday_split() {
  local line=$1 i=0 char word='' inside=0 special=$'["$\\\\\x60]'
  __gd_words=() __gd_quote='' __gd_before=''
  while ((i < @{#line})); do
    char=@{line:i:1}
    i=$((i + 1))
    if [[ $__gd_quote == "'" ]]; then
      if [[ $char == "'" ]]; then __gd_quote='' __gd_before=$word; else word+=$char; fi
    elif [[ $char == '\' ]]; then
      inside=1
      char=@{line:i:1}
      i=$((i + 1))
      [[ $__gd_quote == '"' && $char != $special ]] && word+='\'
      word+=$char
    elif [[ $__gd_quote == '"' ]]; then
      if [[ $char == '"' ]]; then __gd_quote='' __gd_before=$word; else word+=$char; fi
    elif [[ $char == [\'\"] ]]; then
      __gd_quote=$char __gd_before=$word inside=1
    elif [[ $char == [[:space:]] ]]; then
      ((inside)) && __gd_words+=("$word")
      word='' __gd_before='' inside=0
    else
      word+=$char inside=1
      [[ $COMP_WORDBREAKS == *"$char"* ]] && __gd_before=$word
    fi
  done
  __gd_words+=("$word")
}

# Adds one candidate as it has to stand in the line; with "path", readline itself quotes it.
__gameday_reply() {
  local text=@{1#"$__gd_before"} special=$'["$\\\\\x60]' quoted='' i
  if [[ $2 == path || -z $text ]]; then
    :
  elif [[ $__gd_quote == "'" ]]; then
    [[ $text == *"'"* ]] && return
  elif [[ $__gd_quote == '"' ]]; then
    for ((i = 0; i < @{#text}; i++)); do
      [[ @{text:i:1} == $special ]] && quoted+='\'
      quoted+=@{text:i:1}
    done
    text=$quoted
  else
    printf -v text %q "$text"
  fi
  COMPREPLY+=("$text")
}

__gameday_paths() {
  local prefix=$1 kind=$2 typed=@{3#"$1"} path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    [[ $kind == stories && $path != *.yaml && $path != *.yml && ! -d $path ]] && continue
    __gameday_reply "$prefix$path" path
  done < <(if [[ $kind == dirs ]]; then compgen -d -- "$typed"; else compgen -f -- "$typed"; fi)
}

__gameday_@NAME@() {
  local __gd_words __gd_quote __gd_before __gd_kind='' __gd_prefix='' __gd_value __gd_about __gd_values __gd_leave=0
  COMPREPLY=() __gd_values=()
  [[ -n $__gameday_before_@NAME@ ]] && __gd_leave=1
  __gameday_split "@{COMP_LINE:0:COMP_POINT}"
  {
    IFS=$'\t' read -r __gd_kind __gd_prefix
    while IFS=$'\t' read -r __gd_value __gd_about; do __gd_values+=("$__gd_prefix$__gd_value"); done
  } < <(LC_ALL=C command awk "$__gameday_program_@NAME@" words "$PWD" 1 "$__gd_leave" "@{__gd_words[@]}" 2>/dev/null)
  if [[ $__gd_kind == pass || -z $__gd_kind ]]; then
    [[ -n $__gameday_before_@NAME@ ]] && "$__gameday_before_@NAME@" "$@"
    return
  fi
  compopt +o default +o bashdefault 2>/dev/null
  case $__gd_kind in
    files | stories | dirs)
      __gameday_paths "$__gd_prefix" "$__gd_kind" "@{__gd_words[@{#__gd_words[@]} - 1]}"
      return
      ;;
    topics) compopt -o nospace 2>/dev/null ;;
  esac
  for __gd_value in @{__gd_values[@]+"@{__gd_values[@]}"}; do __gameday_reply "$__gd_value" value; done
}

# What completes it now is kept, and asked about all that is not ours.
__gameday_install_@NAME@() {
  local bin=$1 alone=@ALONE@ now options='-o bashdefault -o default'
  now=$(complete -p -- "$bin" 2>/dev/null)
  [[ $now == *" -F __gameday_@NAME@ "* ]] && return
  if [[ $alone == 0 && $now =~ ^complete\ (.*)-F\ ([^\ ]+)\  ]]; then
    options=@{BASH_REMATCH[1]}
    __gameday_before_@NAME@=@{BASH_REMATCH[2]}
  fi
  # Unquoted: each option is a word.
  complete $options -F __gameday_@NAME@ -- "$bin"
}
__gameday_before_@NAME@=@{__gameday_before_@NAME@:-}
for __gameday_bin in @BINS@; do __gameday_install_@NAME@ "$__gameday_bin"; done
unset __gameday_bin
`;
