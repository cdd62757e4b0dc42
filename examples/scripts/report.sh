#!/usr/bin/env bash
# report.sh [FOLDER]: the run that was played last in this folder, as CI systems take it: gameday-report/gameday.html for people,
# gameday.xml (JUnit) for the list of tests, gameday.md for a comment. Exits 0 where no run has begun: then there is nothing to tell.
set -euo pipefail
cd "${1:-.}"
mkdir -p gameday-report
for each in html:html xml:junit md:markdown; do
  code=0
  gameday story report --format "${each#*:}" --output "gameday-report/gameday.${each%%:*}" || code=$?
  # 4: no run has begun.
  if [ "$code" = 4 ]; then exit 0; elif [ "$code" != 0 ]; then exit "$code"; fi
done
