#!/usr/bin/env bash
# run.sh [FILE...]: the tests that need a kernel with netem and control groups of version 2, in a virtual machine that has them; FILE:
# only these. Ends after GAMEDAY_VM_S seconds (default: 1800; exit code 124). Exit code 75: it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(bash test/vm/programs.sh) || exit 75
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
[ $# -gt 0 ] || set -- test/vm/*.vm.ts test/commands/{network,resources}.test.ts test/engine/{compose,network}.test.ts
# A virtual machine without the processor's help is several times slower.
wait=60000
code=0
VM_S=${GAMEDAY_VM_S:-1800} bash test/vm/vm.sh "$programs" "$out" env GAMEDAY_TEST_SUMMARY=/out/summary \
  bash test/vm/inside.sh "$programs" --retries 1 --timeout $wait --reporter ./test/summary-reporter.ts "$@" || code=$?
if [ -s "$out/summary" ]; then
  if [ -n "${GAMEDAY_TEST_SUMMARY:-}" ]; then cat "$out/summary" >>"$GAMEDAY_TEST_SUMMARY"; else cat "$out/summary"; fi
fi
exit $code
