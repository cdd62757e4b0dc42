#!/usr/bin/env bash
# programs.sh [there]: the programs of a cluster, compiled of Go modules once a machine, and the image that its pods run. They stand
# in ~/.cache/gameday-test/DIGEST, outside of the checkout; stdout is that folder. Says in one line whether they were there; `there`
# only tells, by its exit code. Needs Go and busybox-static. Ends after GAMEDAY_COMPILE_S seconds (default: 1500). Exit code 75: they
# cannot be had here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
say() { echo "test:kubernetes: $*" >&2; }
digest=$(cat "$here"/kube/{go.mod,go.sum,main.go} "$here/programs.sh" | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gameday-test/$digest
if [ "${1:-}" = there ]; then [ -e "$cache/complete" ]; exit; fi
trap '[ $? = 0 ] || exit 75' EXIT
if [ -e "$cache/complete" ]; then say "the programs of the cluster were compiled before ($cache)"; echo "$cache"; exit; fi
say "the programs of the cluster are not in $cache yet: compiling them takes some minutes"
mkdir -p "$cache"
exec 9>"$cache.lock"; flock 9 # whoever waited for another one finds them there
[ ! -e "$cache/complete" ] || { echo "$cache"; exit; }
SECONDS=0

if [ ! -x "$cache/kube" ]; then
  version=$(awk '$1 == "k8s.io/kubernetes" {print $2; exit}' "$here/kube/go.mod")
  IFS=. read -r _ minor _ <<<"$version"
  # The parts look at each other's versions, which a build from modules would leave empty.
  base=k8s.io/component-base/version flags="-s -w -X k8s.io/client-go/pkg/version.gitVersion=$version"
  for pair in "gitVersion=$version" gitMajor=1 "gitMinor=$minor" gitTreeState=clean buildDate=1970-01-01T00:00:00Z; do
    flags+=" -X $base.$pair"
  done
  (cd "$here/kube" && CGO_ENABLED=0 timeout "${GAMEDAY_COMPILE_S:-1500}" go build -mod=readonly -trimpath -ldflags "$flags" -o "$cache/kube.part" .) >&2
  mv "$cache/kube.part" "$cache/kube"
fi
for part in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do ln -sf kube "$cache/$part"; done

# One image for everything: busybox. A pod's sandbox is a process of it that sleeps.
image() { # TAG CMD
  local work layer
  work=$(mktemp -d)
  mkdir -p "$work/root"/{bin,tmp,etc,proc,sys,dev}
  cp "$(command -v busybox)" "$work/root/bin/busybox"
  for applet in $("$work/root/bin/busybox" --list); do ln -s busybox "$work/root/bin/$applet" 2>/dev/null || true; done
  echo 'root:x:0:0:root:/:/bin/sh' >"$work/root/etc/passwd"
  tar -C "$work/root" --numeric-owner --owner=0 --group=0 --mtime=@0 --sort=name -cf "$work/layer.tar" .
  layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  cat >"$work/config.json" <<J
{"architecture": "$(go env GOARCH)", "os": "linux", "config": {"Cmd": $2, "Env": ["PATH=/bin"]}, "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
J
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$1\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
  tar -C "$work" -cf "$cache/${1//[\/:]/-}.tar" manifest.json config.json layer.tar
  rm -rf "$work"
}
image gameday-test/sandbox:1 '["/bin/sleep", "infinity"]'
image gameday-test/busybox:1 '["/bin/sh"]'
touch "$cache/complete"
say "compiled in $SECONDS s"
echo "$cache"
