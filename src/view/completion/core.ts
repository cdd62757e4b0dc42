/**
 * What TAB offers, decided in one place for all shells: a program for awk that gets the words of the line and prints the
 * candidates. One small process a TAB (mawk, gawk, busybox or the awk of macOS); nothing of a host or of node is started,
 * and nothing that stands in a story is run. Lacks on purpose: splitting a line into words and quoting, which every shell
 * does its own way.
 *
 *     awk PROGRAM words CWD FILTER LEAVE bin word … current
 *
 * FILTER 1: print only what begins with the current word. LEAVE 1: somebody else completes the ids of commands; say `pass`.
 * Prints `KIND<TAB>PREFIX`, then `VALUE<TAB>DESCRIPTION` a line. KIND is plain, topics (no space after it), files, stories
 * or dirs (the shell lists them), or pass (not ours). PREFIX is what stands before the value in the same word: `--engine=`.
 */

import { SOURCES } from './sources.ts';

/** The rules; the tables that they go by (see `index.ts`) are put in front. No single quote may stand in it. */
export const CORE = `${SOURCES}${String.raw`
function part(text, n,   parts) { split(text, parts, "\t"); return parts[n] }
function begin(kind) { print kind "\t" prefix }
function put(value, about) {
  if (value == "" || value ~ /[\001-\037\177]/ || (value in shown)) return 0
  shown[value] = 1
  if (!filter || substr(prefix value, 1, length(current)) == current) print value "\t" about
  return 1
}

function values(source,   n, i, options) {
  if (source == "files" || source == "stories" || source == "dirs") { begin(source); return }
  begin("plain")
  if (source ~ /^=/) {
    n = split(substr(source, 2), options, "|")
    for (i = 1; i <= n; i++) put(options[i], "")
  } else if (source in LIST) fromTable(source)
  else if (source == "services") services()
  else if (source == "targets") { services(); instances() }
  else if (source != "") fromFile(source)
}
function isFree(k,   name) { name = part(SPEC[k], 1); return !used[name] || part(SPEC[k], 4) }
function flags(   i) {
  begin("plain")
  for (i = 1; i <= flagCount; i++) if (isFree(flag[i])) put("--" part(SPEC[flag[i]], 1), part(SPEC[flag[i]], 6))
  put("--help", "show what this command does")
  if (current ~ /^-.?$/ && current != "--") for (i = 1; i <= flagCount; i++)
    if (part(SPEC[flag[i]], 2) != "" && isFree(flag[i])) put("-" part(SPEC[flag[i]], 2), part(SPEC[flag[i]], 6))
}
function find(n, text,   i) {
  for (i = 1; i <= flagCount; i++) if (part(SPEC[flag[i]], n) == text) return SPEC[flag[i]]
  return ""
}
function give(spec, value,   name) {
  name = part(spec, 1)
  given[name] = (part(spec, 4) && given[name] != "") ? given[name] "\n" value : value
}

function ids(first,   i, id, topic, count) {
  if (leave) { begin("pass"); return }
  topic = word[first]
  if (last == first) {
    count = current ~ /:/
    if (SEPARATOR == ":" && !count) {
      begin("topics")
      for (i = 1; i <= topicCount; i++) put(TOPIC[i] ":", ABOUT[TOPIC[i]])
      return
    }
    begin("plain")
    if (count) { for (i = 1; i <= commandCount; i++) put(COMMAND[i], ABOUT[COMMAND[i]]); return }
    for (i = 1; i <= topicCount; i++) put(TOPIC[i], ABOUT[TOPIC[i]])
    if (HELP && first == 2) put("help", "show what a command does")
  } else if (SEPARATOR == " " && last == first + 1 && (topic in ABOUT) && !(topic in ARGS)) {
    begin("plain")
    for (i = 1; i <= commandCount; i++) if (index(COMMAND[i], topic ":") == 1) put(substr(COMMAND[i], length(topic) + 2), ABOUT[COMMAND[i]])
  } else begin("pass")
}
function afterCommand(id, from,   i, w, spec, c, pending, ended, taken, n, sources) {
  flagCount = split(FLAGS[id], flag, " ")
  for (i = from; i < last; i++) {
    w = word[i]
    if (pending != "") { give(pending, w); pending = ""; continue }
    if (ended || w !~ /^-./) { taken++; continue }
    if (w == "--") { ended = 1; continue }
    if (w ~ /^--/) {
      w = substr(w, 3)
      n = index(w, "=")
      spec = find(1, n ? substr(w, 1, n - 1) : w)
      if (n) give(spec, substr(w, n + 1))
      else if (part(spec, 3)) pending = spec
      used[part(spec, 1)] = 1
      continue
    }
    for (c = 2; c <= length(w); c++) {
      spec = find(2, substr(w, c, 1))
      used[part(spec, 1)] = 1
      if (!part(spec, 3)) continue
      w = substr(w, c + 1)
      sub(/^=/, "", w)
      if (w == "") pending = spec
      else give(spec, w)
      break
    }
  }
  if (pending != "") { values(part(pending, 5)); return }
  if (!ended && current ~ /^--[^=]+=/) {
    prefix = substr(current, 1, index(current, "="))
    values(part(find(1, substr(prefix, 3, length(prefix) - 3)), 5))
    return
  }
  if (!ended && current ~ /^-[^-]./) {
    spec = find(2, substr(current, 2, 1))
    prefix = substr(current, 1, 2)
    if (part(spec, 3)) { values(part(spec, 5)); return }
    prefix = ""
  }
  if (!ended && current ~ /^-/) { flags(); return }
  n = split(ARGS[id], sources, " ")
  if (taken < n && sources[taken + 1] != "-") values(sources[taken + 1])
  else if (!ended && current == "") flags()
  else begin("plain")
}
function main(   i, id, first) {
  cwd = ARGV[2] == "/" ? "" : ARGV[2]
  filter = ARGV[3]
  leave = ARGV[4]
  last = ARGC - 5
  for (i = 1; i <= last; i++) word[i] = ARGV[4 + i]
  current = word[last]
  first = HELP && last > 2 && word[2] == "help" ? 3 : 2
  for (i = first; i < last && (i == first || SEPARATOR == " "); i++) {
    id = id == "" ? word[i] : id ":" word[i]
    if (!(id in ARGS)) continue
    if (first == 2) afterCommand(id, i + 1)
    return
  }
  ids(first)
}
`}`;
