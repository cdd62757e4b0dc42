#!/usr/bin/env bash
# chaos-mesh.sh DIR: a real Chaos Mesh on the cluster that cluster.sh made in DIR: its controller on the control plane, its daemon on
# each node. It is compiled once a machine, into ~/.cache/gameday-test/DIGEST. Not a part of .ci/run: by hand, GAMEDAY_CHAOSMESH=1.
# Needs Go 1.25, gcc, ipset, iptables.
set -euo pipefail
dir=$1 here=$(cd "$(dirname "$0")" && pwd)
server=10.229.0.100 machines=10.229.0 port=31767
say() { echo "test:kubernetes: $*" >&2; }
programs=$(cat "$dir/programs")
kubectl() { "$programs/kubectl" --kubeconfig "$dir/admin.conf" "$@"; }
digest=$(cat "$here"/chaos-mesh/{go.mod,go.sum} | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gameday-test/chaos-mesh-$digest
module=$(cd "$here/chaos-mesh" && go mod download && go list -m -f '{{.Dir}}' github.com/chaos-mesh/chaos-mesh)
if [ -e "$cache/complete" ]; then say "Chaos Mesh was compiled before ($cache)"; else
  say "Chaos Mesh is not in $cache yet: compiling it takes some minutes"
  mkdir -p "$cache"
  for part in chaos-controller-manager:0 chaos-daemon:1; do
    (cd "$here/chaos-mesh" && CGO_ENABLED=${part#*:} timeout "${GAMEDAY_COMPILE_S:-1500}" go build -mod=mod -trimpath -ldflags '-s -w' \
      -o "$cache/${part%:*}" "github.com/chaos-mesh/chaos-mesh/cmd/${part%:*}") >&2
  done
  touch "$cache/complete"
fi

own=$dir/chaos-mesh; mkdir -p "$own/certs" "$own/bin"
kubectl create namespace chaos-mesh >/dev/null
for crd in "$module"/config/crd/bases/*.yaml; do kubectl apply --server-side --filename "$crd" >/dev/null; done
openssl req -newkey rsa:2048 -nodes -subj /CN=chaos-mesh -keyout "$own/certs/tls.key" -out "$own/tls.csr" 2>/dev/null
openssl x509 -req -days 30 -in "$own/tls.csr" -CA "$dir/keys/ca.crt" -CAkey "$dir/keys/ca.key" -CAcreateserial -out "$own/certs/tls.crt" \
  -extfile <(echo "subjectAltName=IP:$server") 2>/dev/null
# Its images carry a program that enters namespaces; nsenter does the same.
cat >"$own/bin/nsexec" <<'X'
#!/bin/sh
args=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    -n) args="$args --net=$2"; shift ;;
    -m) args="$args --mount=$2"; shift ;;
    -p) args="$args --pid=$2"; shift ;;
    -i) args="$args --ipc=$2"; shift ;;
  esac
  shift
done
shift
exec nsenter $args -- "$@"
X
chmod +x "$own/bin/nsexec"
# Chaos Mesh finds its daemons by a slice whose name begins with `chaos-daemon-`.
endpoints=
for n in 1 2; do
  endpoints+="{addresses: [\"$machines.$n\"], conditions: {ready: true}, nodeName: node$n}, "
  setsid nsenter --target "$(pgrep -P "$(cat "$dir/$n/pid")" | head -n 1)" --mount --uts --net --pid -- unshare --mount bash -c \
    'mount --bind "$1" /usr/local/bin; exec "$2" --runtime containerd --runtime-socket-path /run/containerd/containerd.sock' \
    daemon "$own/bin" "$cache/chaos-daemon" >"$dir/$n/chaos-daemon.log" 2>&1 </dev/null &
  echo $! >"$dir/$n/guests" # they wait outside of the machine, and go with it
done
kubectl apply --filename - >/dev/null <<Y
apiVersion: v1
kind: Service
metadata: {name: chaos-daemon, namespace: chaos-mesh}
spec: {clusterIP: None, ports: [{name: grpc, port: $port}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: chaos-daemon-nodes, namespace: chaos-mesh, labels: {kubernetes.io/service-name: chaos-daemon}}
addressType: IPv4
ports: [{name: grpc, port: $port}]
endpoints: [$endpoints]
Y
setsid nsenter --target "$(pgrep -P "$(cat "$dir/0/pid")" | head -n 1)" --mount --uts --net --pid -- \
  env KUBECONFIG="$dir/admin.conf" NAMESPACE=chaos-mesh CERTS_DIR="$own/certs" CHAOS_DAEMON_SERVICE_PORT=$port ENABLE_LEADER_ELECTION=false \
  SECURITY_MODE=false CHAOSD_SECURITY_MODE=false CLUSTER_SCOPED=true CHAOS_DNS_SERVICE_PORT=9288 POD_FAILURE_PAUSE_IMAGE=gameday-test/sandbox:1 \
  "$cache/chaos-controller-manager" >"$dir/0/chaos-mesh.log" 2>&1 </dev/null &
echo $! >"$dir/0/guests"
# Its webhook fills in what an object leaves out. (The validating one of NetworkChaos denied Chaos Mesh's own updates at this version.)
kubectl apply --filename - >/dev/null <<Y
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: chaos-mesh}
webhooks:
$(for kind in podchaos networkchaos; do cat <<W
  - name: m$kind.kb.io
    clientConfig: {url: "https://$server:9443/mutate-chaos-mesh-org-v1alpha1-$kind", caBundle: $(base64 -w0 "$dir/keys/ca.crt")}
    admissionReviewVersions: [v1]
    sideEffects: None
    rules: [{apiGroups: [chaos-mesh.org], apiVersions: [v1alpha1], operations: [CREATE, UPDATE], resources: [$kind]}]
W
done)
Y
for _ in $(seq 150); do (exec 3<>"/dev/tcp/$server/9443") 2>/dev/null && exit; sleep 0.2; done
tail -n 5 "$dir/0/chaos-mesh.log" >&2; say "failed: Chaos Mesh does not answer"; exit 1
