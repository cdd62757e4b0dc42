#!/bin/sh
# Prints the service of the etcd node that leads now: the one that names itself as the leader.
# Any node that runs is asked; after a leader's death there is none for a moment, so it asks again for some seconds.
set -eu
cd "$(dirname "$0")"
nodes='etcd0 etcd1 etcd2'
endpoints=http://etcd0:2379,http://etcd1:2379,http://etcd2:2379
for try in 1 2 3 4 5 6 7 8 9 10; do
  [ "$try" = 1 ] || sleep 0.5
  for node in $nodes; do
    # It ends with 1 when some node does not answer, and still tells about the others.
    leader=$(docker compose exec -T "$node" etcdctl --endpoints="$endpoints" --command-timeout=2s --write-out=fields endpoint status 2>/dev/null </dev/null |
      awk '$1 == "\"MemberID\"" { id = $3 } $1 == "\"Leader\"" { leader = $3 } $1 == "\"Endpoint\"" && id == leader { split($3, part, "[/:]+"); print part[2] }')
    case " $nodes " in *" $leader "*) echo "$leader"; exit 0 ;; esac
  done
done
echo 'no etcd node leads' >&2
exit 1
