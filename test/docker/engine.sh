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
bridge=gd$((sum % 1000000))
covered=(/etc/docker /run/docker /run/containerd /opt/containerd)

say() { echo "engine.sh: $*" >&2; }
# The programs that were unpacked, with their libraries; what the machine has itself comes after them.
unpacked=$dir/root/usr/sbin:$dir/root/usr/bin:$dir/root/sbin:$dir/root/bin
libraries() {
  local lib all=
  for lib in "$dir"/root/usr/lib/*-linux-gnu "$dir"/root/lib/*-linux-gnu; do [ ! -d "$lib" ] || all+=$lib:; done
  echo "${all%:}"
}
ip() { PATH=$unpacked:/usr/sbin:/sbin:$PATH LD_LIBRARY_PATH=$(libraries) command ip "$@"; }
own_docker() { DOCKER_HOST=unix://$sock DOCKER_CONFIG=$dir/config timeout 20 "$dir/root/usr/bin/docker" "$@"; }
answers() { [ -S "$sock" ] && own_docker version >/dev/null 2>&1; }
print_env() {
  echo "export DOCKER_HOST=unix://$sock"
  echo "export DOCKER_CONFIG=$dir/config"
  echo "export PATH=$dir/bin:\$PATH"
}

# One `up` or `down` at a time for each DIR. The file is removed with DIR, so whoever waited looks whether it is still the one.
lock() {
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
  say "no free addresses in 10.64.0.0 to 10.254.255.255"; return 1
}

# A user of the engine is a process by its id and its start time, so that a reused id is nobody's.
started() { { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null || true; } | cut -d' ' -f20; }
count_in() {
  mkdir -p "$dir/users"
  if [ -z "$pid" ]; then touch "$dir/users/for-good"; return; fi
  started "$pid" >"$dir/users/$pid"
  setsid bash -c 'tail --pid="$1" -f /dev/null; exec bash "$2" down "$3" "$1"' guard "$pid" "$self" "$dir" >/dev/null 2>&1 </dev/null 9>&- &
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
  lock
  if answers; then count_in; print_env; return; fi
  [ "$(id -u)" = 0 ] || { say "only root can start an engine"; exit 1; }
  stop
  trap 'trap "" EXIT INT TERM HUP; clear_away' EXIT # unless all went well
  trap 'exit 143' INT TERM HUP
  mkdir -p "$dir"; chmod 700 "$dir"
  bash "$(dirname "$self")/packages.sh" "$dir"
  mkdir -p "$dir"/{bin,tools,config/cli-plugins}
  ln -sf "$dir/root/usr/bin/docker" "$dir/bin/docker"
  ln -sf "$(find "$dir/root" -path '*/cli-plugins/docker-compose' -type f)" "$dir/config/cli-plugins/docker-compose"
  echo '{}' | tee "$dir/config/config.json" >"$dir/daemon.json"
  local net
  net=$(free_net); echo "$net" >"$dir/net"
  ip link add "$bridge" type bridge; ip addr add "$net.128.1/24" dev "$bridge"; ip link set "$bridge" up
  say "starting dockerd in $dir"
  setsid unshare --mount --propagation private bash "$self" serve "$dir" >"$dir/log" 2>&1 </dev/null 9>&- &
  local engine=$!
  for _ in $(seq 300); do
    if answers; then trap - EXIT; count_in; print_env; return; fi
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  say "dockerd did not start:"; tail -n 20 "$dir/log" >&2; exit 1
}

# Runs inside the mount namespace, and becomes dockerd.
serve() {
  local folder back=nft net
  net=$(cat "$dir/net")
  LD_LIBRARY_PATH=$(libraries); XTABLES_LIBDIR=$(find "$dir/root/" -type d -name xtables -print -quit)
  export LD_LIBRARY_PATH PATH=$dir/tools:$unpacked:/usr/sbin:/sbin:$PATH
  [ -z "$XTABLES_LIBDIR" ] || export XTABLES_LIBDIR
  # What an engine writes outside of its data root falls into DIR instead.
  for folder in "${covered[@]}"; do
    [ -d "$folder" ] || { mkdir -p "$folder"; echo "$folder" >>"$dir/made"; }
    mkdir -p "$dir/cover$folder"; mount --bind "$dir/cover$folder" "$folder"
  done
  # A bare container or micro virtual machine may have no control groups mounted at all.
  if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then
    mount -t tmpfs cgroup /sys/fs/cgroup
    for folder in $(awk '!/^#/ && $4 == 1 {print $1}' /proc/cgroups); do
      mkdir -p "/sys/fs/cgroup/$folder"
      mount -t cgroup -o "$folder" cgroup "/sys/fs/cgroup/$folder" || rmdir "/sys/fs/cgroup/$folder"
    done
  fi
  # Name look-up inside the containers is done by iptables rules in the containers: take the kind that this kernel knows.
  iptables-nft -w -t nat -nL >/dev/null 2>&1 || back=legacy
  for folder in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -sf "$(command -v "${folder/tables/tables-$back}")" "$dir/tools/$folder"
  done
  exec dockerd -H "unix://$sock" --group root --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/pid" \
    --bridge "$bridge" --default-address-pool "base=$net.0.0/17,size=24" --iptables=false --ip-forward=false --ip-masq=false --log-level warn
}

down() {
  [ -d "$dir" ] || return 0
  lock
  [ -n "$pid" ] && someone_left && return
  clear_away
}

gone() { local _; for _ in $(seq 200); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done; return 1; }

# Ends the engine and all that it runs, also when dockerd itself has died. Every process is known by a container id or a path of DIR.
stop() {
  local list engine id process link
  if answers; then
    list=$(own_docker ps -aq); [ -z "$list" ] || own_docker rm -fv $list >/dev/null || true
  fi
  engine=$(cat "$dir/pid" 2>/dev/null || true)
  if [ -n "$engine" ] && grep -qaF "$dir/data" "/proc/$engine/cmdline" 2>/dev/null; then
    kill "$engine" 2>/dev/null || true
    gone "$engine" || kill -KILL "$engine" 2>/dev/null || true
  fi
  for process in $(grep -laF "$dir/exec/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do kill -KILL "$process" 2>/dev/null || true; done
  for id in $(ls "$dir/data/containers" 2>/dev/null); do
    for process in $(grep -lF "/docker/$id" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3); do kill -KILL "$process" 2>/dev/null && gone "$process" || true; done
    find /sys/fs/cgroup -depth -type d -path "*/docker/$id*" -exec rmdir {} + 2>/dev/null || true
  done
  rm -f "$dir/pid"
  if [ -e "$dir/net" ]; then # the bridges of Compose networks, and our own
    for link in $(ip -o -4 addr show | awk -v net="$(cat "$dir/net")." 'index($4, net) == 1 {print $2}'); do ip link del "$link" 2>/dev/null || true; done
  fi
}

clear_away() {
  local folder
  say "taking down $dir"
  stop
  for folder in $(cat "$dir/made" 2>/dev/null); do # unless another engine covers it at this moment
    grep -qsF " $folder " /proc/[0-9]*/mountinfo || rmdir "$folder" 2>/dev/null || true
  done
  rm -rf --one-file-system "$dir"; rm -f "$dir.lock"
}

case $act in up) up ;; down) down ;; env) print_env ;; serve) serve ;; esac
