#!/usr/bin/env bash
# nodes.sh up DIR NODES PACKAGES PID | down DIR | off DIR N | on DIR N | unplug DIR N | plug DIR N: a real Docker Swarm on one machine
# (Debian, as root). Each node is a little machine: a dockerd with network, processes, mounts and host name of its own, so that
# `off` is a power cut that takes engine and containers at once. The nodes hang on a bridge that stands in a network namespace,
# too: no interface, rule or name of this machine is touched, and nothing is left when the processes are dead. Node 1 is the
# only manager. PACKAGES is where packages.sh has unpacked its programs. Sockets: DIR/N/d.sock. When PID dies without a word, a guard ends it all.
# The mark of the run of the tests is in the processes' environment, by which sweep.ts ends what a killed run has left.
set -euo pipefail
act=${1:-} top=${2:-}
if ! [[ $act =~ ^(up|down|off|on|unplug|plug|serve)$ && $top = /?* && ${#top} -le 60 ]]; then
  echo "usage: nodes.sh up DIR NODES PACKAGES PID | down DIR | off|on|unplug|plug DIR N   (DIR absolute, at most 60 characters)" >&2; exit 2
fi
self=$(cd "$(dirname "$0")" && pwd)/nodes.sh
[ "$act" != up ] || { mkdir -p "$top"; printf %s "$4" >"$top/packages"; }
dir=$(cat "$top/packages" 2>/dev/null || echo /nowhere) # for programs.sh
. "$(dirname "$self")/../docker/programs.sh"
unset ${!DOCKER_@}
export PATH=$program_path
net=10.231.0 group=gameday-swarm-$(printf %s "$top" | cksum | cut -d' ' -f1)

of() { cat "$top/$1/init"; }
ip() { LD_LIBRARY_PATH=$(libraries) command ip "$@"; }
docker_of() { local n=$1; shift; DOCKER_HOST=unix://$top/$n/d.sock docker "$@"; }
# The process that stands inside the namespaces, not the `unshare` that waits for it.
inside() { pgrep -P "$(of "$1")" | head -n 1; }
on_hub() { nsenter --net --target "$(inside 0)" -- env LD_LIBRARY_PATH="$(libraries)" ip "$@"; }

hub() {
  mkdir -p "$top/0"
  setsid unshare --net --fork --kill-child=KILL sleep infinity </dev/null >/dev/null 2>&1 &
  echo $! >"$top/0/init"
  until [ -n "$(inside 0)" ] && on_hub link set lo up 2>/dev/null; do sleep 0.05; done
  on_hub link add hub type bridge; on_hub addr add $net.254/24 dev hub; on_hub link set hub up
}

power_on() {
  local n=$1 pid node=$top/$1
  mkdir -p "$node"; rm -rf "$node"/{exec,pid,d.sock}
  setsid unshare --net --mount --uts --pid --fork --kill-child=KILL --mount-proc --propagation private bash "$self" serve "$top" "$n" \
    </dev/null >>"$node/log" 2>&1 &
  pid=$!; echo $pid >"$node/init"
  until [ -n "$(inside "$n")" ]; do kill -0 $pid; sleep 0.05; done
  on_hub link del "to$n" 2>/dev/null || true
  on_hub link add "to$n" type veth peer name eth0 netns "$(inside "$n")"
  on_hub link set "to$n" master hub up
  touch "$node/cable"
  for _ in $(seq 300); do
    docker_of "$n" version >/dev/null 2>&1 && return
    kill -0 $pid 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$node/log" >&2; fail "node $n does not start"
}

# Runs inside of the node as its first process: it reaps what the shims leave, and its death is the node's.
serve() {
  local n=$3 node=$top/$3 folder back=nft
  hostname "node$n"
  until [ -e "$node/cable" ]; do sleep 0.05; done
  LD_LIBRARY_PATH=$(libraries); export LD_LIBRARY_PATH
  XTABLES_LIBDIR=$(find "$dir/root/" -type d -name xtables -print -quit 2>/dev/null || true)
  [ -z "$XTABLES_LIBDIR" ] || export XTABLES_LIBDIR
  command ip link set lo up; command ip addr add "$net.$n/24" dev eth0; command ip link set eth0 up
  command ip route add default via $net.254
  for folder in /etc/docker /run/docker /run/containerd /opt/containerd; do
    [ -d "$folder" ] || mkdir -p "$folder" 2>/dev/null || continue
    mkdir -p "$node/cover$folder"; mount --bind "$node/cover$folder" "$folder"
  done
  mount_groups
  mkdir -p "$node/tools"
  iptables-nft -w -t nat -nL >/dev/null 2>&1 || back=legacy
  for folder in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -sf "$(where "${folder/tables/tables-$back}")" "$node/tools/$folder"
  done
  # Else each start of a task first waits for a registry that cannot be reached.
  export DOCKER_SERVICE_PREFER_OFFLINE_IMAGE=1 PATH=$node/tools:$PATH
  dockerd -H "unix://$node/d.sock" --group root --data-root "$node/data" --exec-root "$node/exec" -p "$node/pid" --log-level warn \
    --bip "10.233.$n.1/24" --default-address-pool "base=10.234.$((n * 16)).0/20,size=24" --userland-proxy=false \
    --cgroup-parent "/$group" &
  wait $!
}

# What was killed with its node and is frozen: 0x100 of what is pending is SIGKILL.
thaw_killed() {
  local process
  for process in $(find /sys/fs/cgroup -path "*/$group/*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u); do
    ! grep -qE '^S(ig|hd)Pnd:.*[13579bdf][0-9a-f]{2}$' "/proc/$process/status" 2>/dev/null || thaw "$process"
  done
}
ended() { ! [ -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }

power_off() {
  local pid first
  pid=$(of "$1" 2>/dev/null) || return 0
  first=$(inside "$1" || true)
  kill -KILL "$pid" 2>/dev/null || true
  for _ in $(seq 200); do
    ended "$pid" && { [ -z "$first" ] || ended "$first"; } && break
    thaw_killed
    sleep 0.02
  done
  rm -f "$top/$1/init" "$top/$1/d.sock" "$top/$1/cable"
}

up() {
  local n token works=()
  [ "$(id -u)" = 0 ] || fail "only root can start a swarm"
  bash "$(dirname "$self")/../docker/packages.sh" "$dir"
  trap 'trap "" EXIT; down' EXIT
  hub
  for n in $(seq "$1"); do power_on "$n" & works+=($!); done
  for n in "${works[@]}"; do wait "$n"; done # the hub is a child, too, and never ends
  # No member notices a dead one within less than three beats.
  docker_of 1 swarm init --advertise-addr $net.1 --default-addr-pool 10.236.0.0/16 --dispatcher-heartbeat 2s >/dev/null
  token=$(docker_of 1 swarm join-token -q worker)
  works=()
  for n in $(seq 2 "$1"); do
    docker_of "$n" swarm join --advertise-addr $net.$n --token "$token" $net.1:2377 >/dev/null & works+=($!)
  done
  for n in "${works[@]}"; do wait "$n"; done
  # It is there for the time after the run, so that it bears no mark of the run's.
  env -u GAMEDAY_TEST_RUN setsid bash -c 'tail --pid="$1" -f /dev/null; exec bash "$2" down "$3"' guard "$2" "$self" "$top" >/dev/null 2>&1 </dev/null &
  echo $! >"$top/guard"
  trap - EXIT
}

left() { find /sys/fs/cgroup -maxdepth 2 -name "$group" -print -quit 2>/dev/null; }

down() {
  local n guard
  guard=$(cat "$top/guard" 2>/dev/null || echo $$)
  [ "$guard" = $$ ] || kill -KILL -- "-$guard" 2>/dev/null || true
  for n in "$top"/[0-9]*; do power_off "${n##*/}"; done
  for _ in $(seq 100); do
    find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null || true
    [ -n "$(left)" ] || break
    sleep 0.05
  done
  rm -rf --one-file-system "$top"
  [ -z "$(left)" ] || fail "something of the swarm is left in the control group $(left)"
}

case $act in
  up) up "$3" "$5" ;;
  down) down ;;
  off) power_off "$3" ;;
  on) power_on "$3" ;;
  unplug) on_hub link set "to$3" down ;;
  plug) on_hub link set "to$3" up ;;
  serve) serve "$@" ;;
esac
