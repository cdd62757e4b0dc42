#!/usr/bin/env bash
# service.sh DIR: Podman's API at DIR/podman.sock, with all that it keeps under DIR (Debian, as root). Mounts and processes are in
# namespaces of their own, so that whatever it runs dies with it, and nothing of the machine's own Podman is touched.
set -euo pipefail
dir=$1
. "$(cd "$(dirname "$0")" && pwd)/../docker/programs.sh"
if [ "${2:-}" != inside ]; then
  exec unshare --mount --pid --fork --kill-child=KILL --mount-proc --propagation private bash "$0" "$dir" inside
fi
mount_groups
mkdir -p "$dir"/{root,run,tmp,net}
# Who may not raise limits cannot have Podman's own one of 1048576 files. Soft and hard alike: the API of 4.3 swaps the two.
limit=$(ulimit -Hn)
printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=4096:4096"]\n' "$limit" "$limit" >"$dir/containers.conf"
export CONTAINERS_CONF=$dir/containers.conf
podman --root "$dir/root" --runroot "$dir/run" --tmpdir "$dir/tmp" --network-config-dir "$dir/net" \
  --runtime "$(command -v runc || command -v crun)" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs \
  system service --time 0 "unix://$dir/podman.sock" &
wait $!
