#!/usr/bin/env bash
# program.sh: a collector of OpenTelemetry, compiled of Go modules once a machine. It stands in ~/.cache/gameday-test/DIGEST,
# outside of the checkout; stdout is its path. Needs the Go that go.mod names. Ends after GAMEDAY_COMPILE_S seconds (default: 1500).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
digest=$(cat "$here"/{go.mod,go.sum,main.go} | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gameday-test/$digest
mkdir -p "$cache"
exec 9>"$cache.lock"; flock 9
if [ ! -x "$cache/otelcol" ]; then
  echo "test:collector: the collector is not in $cache yet: compiling it takes a few minutes" >&2
  (cd "$here" && CGO_ENABLED=0 timeout "${GAMEDAY_COMPILE_S:-1500}" go build -mod=readonly -trimpath -ldflags '-s -w' -o "$cache/otelcol.part" .) >&2
  mv "$cache/otelcol.part" "$cache/otelcol"
fi
echo "$cache/otelcol"
