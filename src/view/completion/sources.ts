/**
 * Where live values come from: the second half of the program for awk that `core.ts` begins. The files that commands write
 * (`candidates/`), and in a folder where none ran yet, the names under `services:` of the files that describe the stack.
 */

/** Functions only. No single quote may stand in it. */
export const SOURCES = String.raw`
function readable(path,   line, ok) { ok = (getline line < path) >= 0; close(path); return ok }
function absolute(path) {
  if (path ~ /^~(\/|$)/) path = ENVIRON["HOME"] substr(path, 2)
  return path ~ /^\// ? path : cwd "/" path
}
function parent(path) { sub(/\/[^\/]*$/, "", path); return path }

function isPlace(at,   i, n, names) {
  n = split("gameday.yaml gameday.yml", names, " ")
  for (i = 1; i <= n; i++) if (readable(at "/" names[i])) { story = at "/" names[i]; return 1 }
  if (readable(at "/.gameday/current") || readable(at "/.gameday/.gitignore") || readable(at "/Procfile")) return 1
  n = split(COMPOSE, names, " ")
  for (i = 1; i <= n; i++) if (readable(at "/" names[i])) return 1
  return 0
}
function findPlace(   at) {
  if (placed++) return
  if (given["story"] != "") {
    story = absolute(given["story"])
    folder = parent(story)
  } else {
    for (at = cwd; !isPlace(at) && at != ""; at = parent(at)) continue
    folder = isPlace(at) ? at : cwd
  }
  state = given["state-dir"] != "" ? absolute(given["state-dir"]) : folder "/.gameday"
}

function fromFile(name,   path, line) {
  findPlace()
  path = state "/candidates/" name
  while ((getline line < path) > 0) put(line, "")
  close(path)
}
function fromTable(name,   n, i, rows) {
  n = split(LIST[name], rows, "\n")
  for (i = 1; i <= n; i++) put(part(rows[i], 1), part(rows[i], 2))
}

function keyOf(line) {
  sub(/^ +/, "", line)
  if (line !~ /^["\047]?[A-Za-z0-9._-]+["\047]?[ \t]*:([ \t]|$)/) return ""
  sub(/[ \t]*:.*/, "", line)
  gsub(/["\047]/, "", line)
  return line
}
function indentOf(line) { match(line, /^ */); return RLENGTH }
function nextLine(path,   got, line) {
  while (lines++ < 20000 && (got = (getline line < path)) > 0) {
    sub(/^\357\273\277/, "", line)
    sub(/\r$/, "", line)
    if (line !~ /^[ \t]*(#|$)/) return line
  }
  close(path)
  lines = 0
  return ""
}
function scanServices(path,   line, inside, level, count) {
  while ((line = nextLine(path)) != "") {
    if (indentOf(line) == 0) { inside = (keyOf(line) == "services"); level = 0; continue }
    if (!inside) continue
    if (!level) level = indentOf(line)
    if (indentOf(line) == level) count += put(keyOf(line), "")
  }
  return count + 0
}
function scanFlow(text, files, n,   i, m, items) {
  if (text !~ /\[/) return n
  sub(/^[^\[]*\[/, "", text)
  sub(/\].*$/, "", text)
  m = split(text, items, /[ \t]*,[ \t]*/)
  for (i = 1; i <= m; i++) files[++n] = bare(items[i])
  return n
}
function bare(text) { sub(/[ \t]+#.*$/, "", text); gsub(/^[ \t"\047]+|[ \t"\047]+$/, "", text); return text }
function composeFilesOf(path, files,   line, n, inside, listed) {
  n = 0
  while ((line = nextLine(path)) != "") {
    if (indentOf(line) == 0 && line !~ /^-/) { inside = (keyOf(line) == "compose"); listed = 0 }
    if (!inside) continue
    if (line ~ /files:/) { listed = 1; sub(/^.*files:/, "", line); n = scanFlow(line, files, n) }
    else if (listed && line ~ /^ *- /) { sub(/^ *- +/, "", line); files[++n] = bare(line) }
    else listed = 0
  }
  return n
}
function scanProcfile(path,   line) {
  while ((line = nextLine(path)) != "") if (line ~ /^[A-Za-z0-9_-]+:/) { sub(/:.*/, "", line); put(line, "") }
}
function underFolder(path) { return path ~ /^[\/~]/ ? absolute(path) : folder "/" path }

function services(   n, i, files) {
  findPlace()
  if (given["compose-file"] != "") {
    n = split(given["compose-file"], files, "\n")
    for (i = 1; i <= n; i++) scanServices(absolute(files[i]))
    return
  }
  fromFile("services")
  if (story != "" && scanServices(story)) return
  n = story == "" ? 0 : composeFilesOf(story, files)
  if (n == 0 && ENVIRON["COMPOSE_FILE"] != "") n = split(ENVIRON["COMPOSE_FILE"], files, ":")
  if (n > 0) { for (i = 1; i <= n; i++) scanServices(underFolder(files[i])); return }
  n = split(COMPOSE, files, " ")
  for (i = 1; i <= n; i++) if (readable(folder "/" files[i])) {
    scanServices(folder "/" files[i])
    sub(/\.ya?ml$/, ".override&", files[i])
    scanServices(folder "/" files[i])
    return
  }
  scanProcfile(folder "/Procfile")
}
function instances(   path, line, n, i, rows, service, many) {
  path = state "/candidates/instances"
  while ((getline line < path) > 0) {
    rows[++n] = line
    service = line
    sub(/-[0-9]+$/, "", service)
    many[service]++
  }
  close(path)
  for (i = 1; i <= n; i++) {
    service = rows[i]
    sub(/-[0-9]+$/, "", service)
    if (many[service] > 1 || current != prefix) put(rows[i], "")
  }
}
`;
