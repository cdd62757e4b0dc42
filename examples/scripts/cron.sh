#!/usr/bin/env bash
# For cron: breaks one instance of a service, lets gameday recover it when the time is up, and writes down how that went.
#
#   cron.sh FOLDER SERVICE [KIND] [DURATION]
#   */30 9-16 * * 1-5  /opt/shop/cron.sh /opt/shop redis pause 30s
#
# FOLDER: where the Compose file or gameday.yaml is. Leaves the stack alone while somebody else is at it.
# LOG: a file, FOLDER/gameday-cron.log by default. Exit code: 0 recovered or left alone, else gameday's; cron mails stderr then.
set -euo pipefail
PATH=$PATH:/usr/local/bin:/usr/bin:/bin # cron's own is short

cd "${1:?the folder of the stack}"
service=${2:?the service to break} kind=${3:-kill} duration=${4:-30s}
log=${LOG:-gameday-cron.log}
say() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >>"$log"; }
fail() { say "failed ($1): $2"; printf '%s\n' "$2" >&2; exit "$1"; }

# One at a time, where the system has flock; the kernel frees it when this script ends. What holds between this script and
# everybody else is `blast_radius: { max_targets: 1 }` in the story.
exec 9>>"$log"
if command -v flock >/dev/null && ! flock --nonblock 9; then
  say "left alone: another $(basename "$0") is under way"
  exit 0
fi
gameday() { command gameday "$@" 9>&-; } # What it leaves in the background must not keep the lock.

# Somebody plays a story here, or a fault is live: not the moment to break something else.
busy=$(gameday chapter list --json | jq -r '(.chapters | length) as $last
  | .current | select(. != null and (.number < $last or .phase != "entered")) | "chapter \(.id) of a story"')
[ -n "$busy" ] || busy=$(gameday fault list --json | jq -r '.faults | map(.id) | join(", ")')
if [ -n "$busy" ]; then
  say "left alone: $busy"
  exit 0
fi

# Nobody can press Ctrl-C here, so no countdown. The watchdog undoes it after DURATION, also if this script is killed.
code=0
answer=$(gameday fault inject "$kind" "$service" --countdown 0 --duration "$duration" --json) || code=$?
case $code in
  0) ;;
  4) # Another command holds the run at this moment, or a guard said no.
    say "left alone: $(jq -r .error.message <<<"$answer")"
    exit 0
    ;;
  *) fail "$code" "$(jq -r '"\(.error.message) \(.error.next)"' <<<"$answer")" ;;
esac
id=$(jq -r .fault.id <<<"$answer")
say "$id: $kind $(jq -r '.fault.targets[0].label' <<<"$answer") for $duration"

# Wait for the watchdog: until it is due, and then as long as a recovery may take to be proven.
due=$(jq '.fault.deadline | sub("[.][0-9]+Z$"; "Z") | fromdate + 60' <<<"$answer")
while phase=$(gameday fault list --all --json | jq -r --arg id "$id" '.faults[] | select(.id == $id).phase') && [ "$phase" != recovered ]; do
  if [ "$phase" = unverified ] || [ "$(date +%s)" -gt "$due" ]; then
    gameday fault recover "$id" --wait || fail $? "$id is $phase, and could not be recovered"
  fi
  sleep 1
done
# Nothing is left to recover. Where abort_if in the story ended it early, this is the command that says so, and exits 8.
code=0
answer=$(gameday fault recover --wait 2>&1) || code=$?
[ "$code" -eq 0 ] || fail "$code" "$id: $answer"
say "$id: $(gameday fault list --all --json | jq -r --arg id "$id" '.faults[] | select(.id == $id) | "\(.outcome), \(.reason)"')"
