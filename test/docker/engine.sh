#!/usr/bin/env bash
# engine.sh up DIR [PID] | down DIR [PID] | env DIR: a throwaway Docker engine that lives wholly in DIR (Debian, as root).
# It owns the engine's life: own programs (packages.sh), socket, data root, containerd, bridge and address pool, in a mount
# namespace of its own. It touches no iptables, no sysctl, no service and no setting of the machine, and stands beside other
# engines. Published ports come through docker-proxy, so 127.0.0.1 reaches them; containers have no way to the outside.
# PID is who needs it: `up` counts PID in, `down` takes PID out and ends the engine when nobody alive is left in the list.
# A guard does the same when PID dies without a word. `up` without PID is for good, until `down` without PID ends it.
set -euo pipefail
act=${1:-} dir=${2:-} pid=${3:-}
if ! [[ $act =~ ^(up|down|env|serve)$ && $dir = /?* && ${#dir} -le 60 ]]; then
  echo "usage: engine.sh up|down|env /ABSOLUTE/DIR [PID]   (DIR has at most 60 characters: sockets stand in it)" >&2; exit 2
fi
self=$(cd "$(dirname "$0")" && pwd)/engine.sh
sock=$dir/docker.sock
sum=$(printf %s "$dir" | cksum | cut -d' ' -f1)
unset ${!DOCKER_@} # what a shell says about some other engine (TLS, its API version) is neither for this dockerd nor for its client
covered=(/etc/docker /run/docker /run/containerd /opt/containerd)

say() { echo "engine.sh: $*" >&2; }
. "$(dirname "$self")/programs.sh"
ip() { PATH=$program_path LD_LIBRARY_PATH=$(libraries) command ip "$@"; }
own_docker() { PATH=$program_path DOCKER_HOST=unix://$sock DOCKER_CONFIG=$dir/config timeout 20 docker "$@"; }
answers() { [ -S "$sock" ] && own_docker version >/dev/null 2>&1; }
print_env() {
  echo "unset DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION"
  echo "export DOCKER_HOST=unix://$sock"
  echo "export DOCKER_CONFIG=$dir/config"
  echo "export PATH=$dir/bin:\$PATH"
}

# One `up` or `down` at a time for each DIR. The file is removed with DIR, so whoever waited looks whether it is still the one.
lock() {
  mkdir -p "$(dirname "$dir")"
  while :; do
    exec 9>"$dir.lock"; flock 9
    [ "$(stat -c %i "$dir.lock" 2>/dev/null)" = "$(stat -Lc %i /proc/self/fd/9)" ] && return
  done
}

# The engine's own piece of the private addresses, `10.N`: one that no interface or route of the machine stands in.
free_net() {
  local n taken
  taken=$(ip -4 route show; ip -o -4 addr show)
  for n in $(seq $((64 + sum % 64)) 254); do
    if ! grep -q "[ /]10\\.$n\\." <<<"$taken"; then echo "10.$n"; return; fi
  done
  return 1
}

# The engine's own bridge has DIR as its alias. By that it is known when DIR was deleted under the engine, and told from the
# bridge of another engine that merely came to the same name.
bridges() { ip -o link show | awk -v dir="$dir" '$NF == dir && $(NF - 1) == "alias" {sub(/[:@].*/, "", $2); print $2}'; }
# Notes the bridge's name and the addresses in DIR.
make_bridge() {
  local net n=$((sum % 1000000)) why
  exec 8</sys/class/net; flock 8 # two engines that start at once must not choose the same addresses
  while ip link show "gd$n" >/dev/null 2>&1; do n=$(((n + 1) % 1000000)); done
  net=$(free_net) || fail "all addresses from 10.64.0.0 to 10.254.255.255 are taken on this machine; free some (\`ip route\` shows them)"
  why=$({
    ip link add "gd$n" type bridge && ip link set "gd$n" alias "$dir" && ip addr add "$net.128.1/24" dev "gd$n" && ip link set "gd$n" up
  } 2>&1) || fail "this machine lets no network bridge be made ($why); a container needs --privileged for it, or $instead"
  exec 8<&-
  echo "gd$n" >"$dir/bridge"; echo "$net" >"$dir/net"
}

# A user of the engine is a process by its id and its start time, so that a reused id is nobody's.
started() { { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null || true; } | cut -d' ' -f20; }
count_in() {
  mkdir -p "$dir/users"
  if [ -z "$pid" ]; then touch "$dir/users/for-good"; return; fi
  started "$pid" >"$dir/users/$pid"
  # It is there for the time after the run, so that it bears no mark of the run's.
  env -u GAMEDAY_TEST_RUN setsid bash -c 'tail --pid="$1" -f /dev/null; exec bash "$2" down "$3" "$1"' guard "$pid" "$self" "$dir" >/dev/null 2>&1 </dev/null 9>&- &
}
someone_left() {
  local user
  rm -f "$dir/users/$pid"
  [ -e "$dir/users/for-good" ] && return 0
  for user in "$dir"/users/*; do
    [ -e "$user" ] && [ -n "$(cat "$user")" ] && [ "$(started "${user##*/}")" = "$(cat "$user")" ] && return 0
  done
  return 1
}

up() {
  [ "$(id -u)" = 0 ] || fail "only root can start an engine; run this as root, or $instead"
  lock
  if answers; then count_in; print_env; return; fi
  trap 'trap "" EXIT INT TERM HUP; clear_away' EXIT # unless all went well
  trap 'exit 143' INT TERM HUP
  stop
  mkdir -p "$dir"; chmod 700 "$dir"
  bash "$(dirname "$self")/packages.sh" "$dir"
  rm -rf "$dir/bin" "$dir/tools" "$dir/config"
  mkdir -p "$dir"/{bin,tools,config/cli-plugins}
  ln -s "$(readlink -f "$(where docker)")" "$dir/bin/docker"
  ln -s "$(where_compose)" "$dir/config/cli-plugins/docker-compose"
  echo '{}' | tee "$dir/config/config.json" >"$dir/daemon.json"
  make_bridge
  say "starting dockerd in $dir"
  setsid unshare --mount --propagation private bash "$self" serve "$dir" >"$dir/log" 2>&1 </dev/null 9>&- &
  local engine=$!
  for _ in $(seq 300); do
    if answers; then trap - EXIT; count_in; print_env; return; fi
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  kill -0 "$engine" 2>/dev/null || fail "dockerd ended at once ($(tail -n 1 "$dir/log")); $instead"
  fail "dockerd runs, but $(where docker) had no answer from it in 30 seconds ($(own_docker version 2>&1 | tail -n 1)); $instead"
}

# Runs inside the mount namespace, and becomes dockerd.
serve() {
  local folder back=nft net path
  net=$(cat "$dir/net")
  LD_LIBRARY_PATH=$(libraries); XTABLES_LIBDIR=$(find "$dir/root/" -type d -name xtables -print -quit)
  export LD_LIBRARY_PATH PATH=$dir/tools:$program_path
  [ -z "$XTABLES_LIBDIR" ] || export XTABLES_LIBDIR
  # What an engine writes outside of its data root falls into DIR instead.
  for folder in "${covered[@]}"; do
    [ -d "$folder" ] || { mkdir -p "$folder"; echo "$folder" >>"$dir/made"; }
    mkdir -p "$dir/cover$folder"; mount --bind "$dir/cover$folder" "$folder"
  done
  mount_groups
  # Name look-up inside the containers is done by iptables rules in the containers: take the kind that this kernel knows.
  iptables-nft -w -t nat -nL >/dev/null 2>&1 || back=legacy
  for folder in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    path=$(where "${folder/tables/tables-$back}") || fail "there is no ${folder/tables/tables-$back}"
    ln -sf "$path" "$dir/tools/$folder"
  done
  exec dockerd -H "unix://$sock" --group root --config-file "$dir/daemon.json" -p "$dir/pid" --log-level warn \
    --data-root "$dir/data" --exec-root "$dir/exec" --bridge "$(cat "$dir/bridge")" \
    --default-address-pool "base=$net.0.0/17,size=24" --iptables=false --ip-forward=false --ip-masq=false
}

down() {
  [ -d "$dir" ] || [ -n "$(processes /data; processes /exec; bridges)" ] || return 0
  lock
  [ -n "$pid" ] && someone_left && return
  clear_away
}

# A process that has ended may keep its id for good where the machine's first process (of a bare container) waits for nobody.
gone() {
  local _
  for _ in $(seq 200); do
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in '' | Z*) return 0 ;; esac
    sleep 0.1
  done
  return 1
}

# The engine's processes with an argument that begins with this path of DIR. Where it stands further in, it is another engine's.
processes() {
  local path process
  path=$(sed 's/[^^]/[&]/g; s/\^/\\^/g' <<<"$dir$1")
  for process in $(grep -lzE "^$path(/|$)" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do
    case $(cat "/proc/$process/comm" 2>/dev/null) in dockerd | containerd* | runc*) echo "$process" ;; esac
  done
}
after_id() { tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | sed -n '/^-id$/{n;p}' || true; }

# Ends the engine and all that it runs, also when dockerd itself has died or DIR was deleted under it. Every process is known
# by a container id or a path of DIR.
stop() {
  local list engine id ids process bridge net link
  if answers; then
    list=$(own_docker ps -aq); [ -z "$list" ] || own_docker rm -fv $list >/dev/null || true
  fi
  for engine in $(processes /data); do
    kill "$engine" 2>/dev/null || true
    gone "$engine" || kill -KILL "$engine" 2>/dev/null || true
  done
  ids=$(ls "$dir/data/containers" 2>/dev/null || true)
  for process in $(processes /exec); do
    ids+=" $(after_id "$process")"
    kill -KILL "$process" 2>/dev/null && gone "$process" || true # else the next dockerd believes that its containerd runs
  done
  for id in $ids; do # the control group is `docker/ID`, or `docker-ID.scope` where systemd makes it
    for process in $(grep -lE "/docker[/-]$id" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3); do
      kill -KILL "$process" 2>/dev/null && thaw "$process" && gone "$process" || true
    done
    find /sys/fs/cgroup -depth -type d -path "*/docker/$id*" -exec rmdir {} + 2>/dev/null || true
  done
  rm -f "$dir/pid" "$dir/exec/containerd/containerd.pid"
  for bridge in $(bridges); do
    net=$(ip -o -4 addr show dev "$bridge" | sed -n 's/.* inet \(10\.[0-9]*\.\).*/\1/p')
    if [ -n "$net" ]; then # the bridges of Compose networks
      for link in $(ip -o -4 addr show | awk -v net="$net" 'index($4, net) == 1 {print $2}'); do
        ip link del "$link" 2>/dev/null || true
      done
    fi
    ip link del "$bridge" 2>/dev/null || true
  done
}

clear_away() {
  local folder
  say "taking down $dir"
  stop
  for folder in $(cat "$dir/made" 2>/dev/null); do # unless another engine covers it at this moment
    grep -qsF " $folder " /proc/[0-9]*/mountinfo || rmdir "$folder" 2>/dev/null || true
  done
  # A fault that nobody undid may have protected files of a volume from any change.
  rm -rf --one-file-system "$dir" 2>/dev/null || { chattr -R -f -i "$dir" || true; rm -rf --one-file-system "$dir"; }
  rm -f "$dir.lock"
}

case $act in up) up ;; down) down ;; env) print_env ;; serve) serve ;; esac
