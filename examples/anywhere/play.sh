#!/usr/bin/env bash
# Plays one story on the engine that is named, and leaves its report beside it.
#
#   play.sh process|compose|swarm|kubernetes
#
# stdout: the name of the report. Exit code: that of `gameday chapter play`.
set -euo pipefail
cd "$(dirname "$0")"
engine=${1:?process, compose, swarm or kubernetes}
cat "engine-$engine.yaml" chapters.yaml >gameday.yaml
status=0
gameday chapter play --auto >&2 || status=$?
gameday story report --format markdown --output "report-$engine.md" >&2
gameday chapter reset >&2
echo "report-$engine.md"
exit $status
