#!/usr/bin/env bash
# Plays a whole story, chapter by chapter, and fails the build where the stack did not behave as the story says.
#
#   play.sh [FOLDER [FLAGS...]]          play.sh stacks/shop --seed 7
#
# FOLDER: where gameday.yaml or the Compose file is. FLAGS: what `gameday chapter next` takes beside.
# STRICT=1: fails also where a threshold of the story's steady state was left while something was broken (exit 8).
# Exit code: 0 when the story is over and every fault is proven recovered; otherwise the code of the command that failed
# (8: steady state not met, 9: recovered but not verified, 4: refused; `gameday chapter next --help` and the docs have all).
# stdout: one line a chapter. stderr: what went wrong. Needs bash and jq.
set -euo pipefail
cd "${1:-.}"
[ $# -eq 0 ] || shift

# Whatever happens, also Ctrl-C and a cancelled build: recover what is broken, then end the run.
# Both are a success where there is nothing to do. What went wrong first stays the exit code.
leave() {
  local status=$? recovered=0
  trap - EXIT
  gameday fault recover --wait >&2 || recovered=$?
  [ "$recovered" -ne 0 ] || gameday chapter reset --wait >&2 || recovered=$?
  [ "$status" -ne 0 ] || status=$recovered
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Begin at the first chapter, whatever an earlier run left behind.
gameday chapter reset >&2

chapters=0
while true; do
  code=0
  answer=$(gameday chapter next --json "$@") || code=$?
  case $code in
    0) jq -r '"[\(.chapter.number)/\(.chapter.of)] \(.chapter.title)", (.live_faults[] | "  live: \(.id), \(.kind) \(.targets[0].label)")' <<<"$answer" ;;
    3) break ;; # The end of the story.
    *) # A refusal or an error; with --json it is an object as well.
      jq -r '.error | .message, (.problems[]? | "  line \(.line): \(.path): \(.message)"), "Next: \(.next)"' <<<"$answer" >&2
      exit "$code"
      ;;
  esac
  chapters=$((chapters + 1))
done

# What the build asserts beyond what the chapters check themselves: something was broken, and all of it is proven recovered.
faults=$(gameday fault list --all --json)
if ! jq --exit-status '(.faults | length > 0) and all(.faults[]; .outcome == "verified")' <<<"$faults" >/dev/null; then
  echo "Not every fault was proven recovered, or there was none:" >&2
  jq -r '.faults[] | "  \(.id): \(.phase), \(.outcome) \(.reason)"' <<<"$faults" >&2
  exit 9
fi
if [ "${STRICT:-0}" != 0 ] && ! jq --exit-status 'all(.faults[].impact.steady_state[]?; .met)' <<<"$faults" >/dev/null; then
  echo "The steady state was left while something was broken:" >&2
  jq -r '.faults[] | .id as $id | .impact.steady_state[]? | select(.met | not) | "  \($id): \(.threshold), at worst \(.worst) \(.unit)"' <<<"$faults" >&2
  exit 8
fi
echo "$chapters steps, $(jq '.faults | length' <<<"$faults") fault(s), all of them proven recovered."
