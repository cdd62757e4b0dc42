#!/usr/bin/env bash
# kwok.sh DIR NODES: so many nodes in the cluster that cluster.sh made in DIR which are not there: kwok says of them, and of the pods
# on them, what a kubelet would. For the benchmark of large clusters. kwok is compiled once a machine, into ~/.cache/gameday-test/DIGEST.
# It ends with the control plane.
set -euo pipefail
dir=$1 nodes=$2 here=$(cd "$(dirname "$0")" && pwd)
say() { echo "test:kubernetes: $*" >&2; }
programs=$(cat "$dir/programs")
kubectl() { "$programs/kubectl" --kubeconfig "$dir/admin.conf" "$@"; }
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gameday-test/kwok-$(cat "$here"/kwok/go.{mod,sum} | sha256sum | cut -c1-16)
if [ ! -x "$cache/kwok" ]; then
  say "kwok is not in $cache yet: compiling it takes a minute"
  mkdir -p "$cache"
  (cd "$here/kwok" && CGO_ENABLED=0 timeout "${GAMEDAY_COMPILE_S:-1500}" go build -mod=readonly -trimpath -ldflags '-s -w' -o "$cache/kwok.part" sigs.k8s.io/kwok/cmd/kwok) >&2
  mv "$cache/kwok.part" "$cache/kwok"
fi
# What a kubelet would say of a node and of a pod stands in files beside its source.
stages=$(cd "$here/kwok" && go mod download sigs.k8s.io/kwok && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
cp "$stages"/node/fast/node-initialize.yaml "$stages"/node/heartbeat/node-heartbeat.yaml "$stages"/pod/fast/pod-{ready,complete,delete}.yaml "$cache/"
setsid nsenter --target "$(pgrep -P "$(cat "$dir/0/pid")" | head -n 1)" --mount --uts --net --pid -- \
  "$cache/kwok" --kubeconfig "$dir/admin.conf" --manage-all-nodes=false \
  --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake \
  $(printf -- '--config %s ' "$cache"/*.yaml) >"$dir/0/kwok.log" 2>&1 </dev/null 3>&- &
echo $! >"$dir/0/guests"
for n in $(seq "$nodes"); do
  cat <<Y
---
apiVersion: v1
kind: Node
metadata: {name: fake-$n, annotations: {kwok.x-k8s.io/node: fake}, labels: {kubernetes.io/hostname: fake-$n, gameday-test: fake}}
status: {allocatable: {cpu: "64", memory: 256Gi, pods: "1000"}, capacity: {cpu: "64", memory: 256Gi, pods: "1000"}}
Y
done | kubectl apply --filename - >/dev/null
for _ in $(seq 300); do
  [ "$(kubectl get nodes --selector gameday-test=fake --no-headers | grep -c ' Ready')" -lt "$nodes" ] || exit 0
  sleep 0.5
done
tail -n 5 "$dir/0/kwok.log" >&2; say "failed: the nodes of kwok are not ready"; exit 1
