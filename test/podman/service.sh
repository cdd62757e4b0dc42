#!/usr/bin/env bash
# service.sh DIR [rootless CHECKOUT]: Podman's API at DIR/podman.sock, with all that it keeps under DIR (Debian, as root). Mounts and
# processes are in namespaces of their own, so that whatever it runs dies with it, and nothing of the machine's own Podman is touched.
# Rootless, it runs as an ordinary user, who is there in these namespaces alone; DIR is theirs, and CHECKOUT can be read at /mnt/code.
set -euo pipefail
dir=$1 rootless=${2:-} code=${3:-}
user=gameday uid=64999
. "$(cd "$(dirname "$0")" && pwd)/../docker/programs.sh"
if [ "${4:-}" != inside ]; then
  exec unshare --mount --pid --fork --kill-child=KILL --mount-proc --propagation private bash "$0" "$dir" "$rootless" "$code" inside
fi
mount_groups
mkdir -p "$dir"/{root,run,tmp,net,home}
# Who may not raise limits cannot have Podman's own one of 1048576 files. Soft and hard alike: the API of 4.3 swaps the two.
limit=$(ulimit -Hn)
printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=4096:4096"]\n' "$limit" "$limit" >"$dir/containers.conf"
as=()
if [ -n "$rootless" ]; then
  # One id for all of a container, since the user has no others: images whose files are root's alone run so.
  for file in passwd group; do cp "/etc/$file" "$dir/$file"; done
  echo "$user:x:$uid:$uid::$dir/home:/bin/sh" >>"$dir/passwd"; echo "$user:x:$uid:" >>"$dir/group"
  for file in passwd group; do mount --bind "$dir/$file" "/etc/$file"; done
  chown -R "$uid:$uid" "$dir"
  # The checkout may stand where an ordinary user may not go.
  mount -t tmpfs tmpfs /mnt; mkdir /mnt/code; mount --bind "$code" /mnt/code
  mount --make-rshared /
  cd "$dir"
  as=(setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i "PATH=$PATH" "HOME=$dir/home" "XDG_RUNTIME_DIR=$dir/run" "CONTAINERS_CONF=$dir/containers.conf")
  # By its mark sweep.ts ends what a killed run has left.
  as+=("GAMEDAY_TEST_RUN=${GAMEDAY_TEST_RUN:-}")
fi
export CONTAINERS_CONF=$dir/containers.conf
"${as[@]}" podman --root "$dir/root" --runroot "$dir/run" --tmpdir "$dir/tmp" --network-config-dir "$dir/net" \
  --runtime "$(command -v runc || command -v crun)" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs \
  system service --time 0 "unix://$dir/podman.sock" &
wait $!
