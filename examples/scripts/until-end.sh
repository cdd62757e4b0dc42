#!/usr/bin/env bash
# The shortest way through a story: chapter after chapter, until there is none. Made for a terminal beside a beamer.
#
#   PAUSE=15 until-end.sh [FLAGS...]     in the folder of the story; FLAGS: what `gameday chapter next` takes
#
# PAUSE: seconds to stay on a chapter, 5 by default. Exit code: 0 at the end of the story, else that of the chapter that
# failed; then everything stands as it stood, for a look: `gameday fault list`, `gameday chapter retry`.
set -euo pipefail

code=0
until gameday chapter next "$@" || code=$?; [ "$code" -ne 0 ]; do
  sleep "${PAUSE:-5}"
done

# 3 says that there is no chapter left, and nothing else says so. The run is ended, so that the next call plays it again.
[ "$code" -eq 3 ] || exit "$code"
gameday chapter reset
