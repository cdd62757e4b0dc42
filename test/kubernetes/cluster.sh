#!/usr/bin/env bash
# cluster.sh up DIR PROGRAMS | down DIR | off DIR N | on DIR N | cut DIR N | mend DIR N
# A real Kubernetes of a control plane (0) and two nodes (1, 2) on one machine, as root on Linux. Each is a machine of its own as
# far as it can tell: its own network, processes, mounts and host name, so that `off` is a power cut, which ends kubelet, containerd
# and every pod at once, and `cut` pulls its cable. PROGRAMS: as programs.sh says.
# `up` prints DIR/admin.conf, its kubeconfig. The machine gets one interface and one route for it; nothing else of it is touched.
# Two clusters at once are not possible: the addresses are fixed.
set -euo pipefail
act=${1:-} dir=${2:-} which=${3:-}
[[ $act =~ ^(up|down|off|on|cut|mend)$ && $dir = /?* ]] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
self=$(cd "$(dirname "$0")" && pwd)/cluster.sh
machines=10.229.0 pods=10.228 services=10.227.0
server=$machines.100 host=$machines.200
link=gdk0 nodes=(1 2)
[ "$act" = up ] || which=${which:-0}
programs=${3:-}; [ "$act" = up ] || programs=$(cat "$dir/programs" 2>/dev/null || true)
say() { echo "test:kubernetes: $*" >&2; }
fail() { tail -n 8 "$dir"/[0-9]/log >&2 2>/dev/null || true; say "failed: $*"; exit 1; }
space() { echo "gameday-kube-$1"; } # a network namespace
kubectl() { "$programs/kubectl" --kubeconfig "$dir/admin.conf" "$@"; }

# until SECONDS WHAT COMMAND...: tries the command until it succeeds.
until_ok() {
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || fail "not in time: $what"; sleep 0.2; done
}

# boot N SCRIPT: a machine's first process, with whose end everything on it ends. It holds no file of ours open. `keep PROGRAM...`
# in it: started again whenever it has ended, as those do that wait for another part for some seconds only.
boot() {
  local name=node$1; [ "$1" != 0 ] || name=control
  mkdir -p "$dir/$1/var/lib" "$dir/$1/var/log" "$dir/$1/var/tmp"; ln -sfn /run "$dir/$1/var/run"
  setsid nsenter --net="/run/netns/$(space "$1")" \
    unshare --mount --propagation private --uts --pid --fork --kill-child --mount-proc \
    bash -c 'hostname "$1"; mount --bind "$2/var" /var; mount -t tmpfs run /run; mkdir -p /run/lock; keep() { while :; do "$@"; sleep 0.2; done; }; eval "$3"' \
    machine "$name" "$dir/$1" "$2" >>"$dir/$1/log" 2>&1 </dev/null 3>&- 9>&- &
  echo $! >"$dir/$1/pid"
}

off() {
  local pid
  pid=$(cat "$dir/$1/pid" 2>/dev/null) || return 0
  kill -KILL "$pid" $(cat "$dir/$1/guests" 2>/dev/null) 2>/dev/null || true
  rm -f "$dir/$1/guests"
  while [ -e "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.05; done
  rm -f "$dir/$1/pid"
}

on() { if [ "$1" = 0 ]; then boot_control; else boot_node "$1"; fi; }

boot_control() {
  local keys=$dir/keys
  # A node counts as lost after 6 seconds (GAMEDAY_NODE_GRACE), and its pods go 6 seconds later; Kubernetes' own times are 50 and 300.
  boot 0 "
    keep '$programs/etcd' --data-dir '$dir/0/etcd' --unsafe-no-fsync --log-level error &
    keep '$programs/kube-apiserver' --etcd-servers http://127.0.0.1:2379 --advertise-address $server --service-cluster-ip-range $services.0/24 \
      --tls-cert-file '$keys/server.crt' --tls-private-key-file '$keys/server.key' --token-auth-file '$keys/tokens' \
      --authorization-mode Node,RBAC --allow-privileged --kubelet-preferred-address-types InternalIP \
      --service-account-key-file '$keys/account.pub' --service-account-signing-key-file '$keys/account.key' \
      --service-account-issuer https://kubernetes.default.svc --default-not-ready-toleration-seconds 6 --default-unreachable-toleration-seconds 6 &
    keep '$programs/kube-controller-manager' --kubeconfig '$dir/admin.conf' --leader-elect=false --kube-api-qps 200 --kube-api-burst 400 --node-monitor-period 1s --node-monitor-grace-period ${GAMEDAY_NODE_GRACE:-6s} \
      --service-account-private-key-file '$keys/account.key' --root-ca-file '$keys/ca.crt' &
    keep '$programs/kube-scheduler' --kubeconfig '$dir/admin.conf' --leader-elect=false --kube-api-qps 200 --kube-api-burst 400 &
    wait"
}

boot_node() {
  local n=$1 own=$dir/$1 group controller
  mkdir -p "$own/net"
  for controller in /sys/fs/cgroup/*/; do # those of before the power cut are empty, and confuse the kubelet
    group=${controller}gameday-kube/$n
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ ! -e "${controller}cgroup.procs" ] || mkdir -p "$group"
  done
  for group in gameday-kube "gameday-kube/$n"; do
    [ ! -e "/sys/fs/cgroup/cpuset/$group" ] || for file in cpuset.cpus cpuset.mems; do
      cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$group/$file"
    done
  done
  cat >"$own/containerd.toml" <<T
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/gameday-test/sandbox:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$own/net"
T
  cat >"$own/net/pods.conflist" <<J
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods", "isGateway": true,
  "ipam": {"type": "host-local", "ranges": [[{"subnet": "$pods.$n.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
J
  cat >"$own/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /gameday-kube/$n
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
failCgroupV1: false
failSwapOn: false
nodeStatusUpdateFrequency: 1s
volumePluginDir: /var/lib/kubelet/plugins
Y
  boot "$n" "
    keep containerd --config '$own/containerd.toml' --log-level warn &
    until [ -S /run/containerd/containerd.sock ] && ctr version >/dev/null 2>&1; do sleep 0.1; done
    for image in '$programs'/*.tar; do ctr --namespace k8s.io image import \$image >/dev/null; done
    keep '$programs/kubelet' --config '$own/kubelet.yaml' --kubeconfig '$own/kubelet.conf' --hostname-override node$n --node-ip $machines.$n &
    wait"
}

# What every part of the cluster shows the others.
make_keys() {
  local keys=$dir/keys n
  mkdir -p "$keys"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=gameday-test -keyout "$keys/ca.key" -out "$keys/ca.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout "$keys/server.key" -out "$keys/server.csr" 2>/dev/null
  openssl x509 -req -days 30 -in "$keys/server.csr" -CA "$keys/ca.crt" -CAkey "$keys/ca.key" -CAcreateserial -out "$keys/server.crt" \
    -extfile <(echo "subjectAltName=IP:$server,IP:127.0.0.1,IP:$services.1") 2>/dev/null
  openssl genrsa -out "$keys/account.key" 2048 2>/dev/null; openssl rsa -in "$keys/account.key" -pubout -out "$keys/account.pub" 2>/dev/null
  echo 'admin-token,admin,admin,system:masters' >"$keys/tokens"
  kubeconfig admin admin-token >"$dir/admin.conf"
  for n in "${nodes[@]}"; do
    mkdir -p "$dir/$n"; echo "node$n-token,system:node:node$n,node$n,system:nodes" >>"$keys/tokens"
    kubeconfig "node$n" "node$n-token" >"$dir/$n/kubelet.conf"
  done
}
kubeconfig() { # USER TOKEN
  cat <<Y
{apiVersion: v1, kind: Config, current-context: gameday-test, contexts: [{name: gameday-test, context: {cluster: it, user: $1}}],
  clusters: [{name: it, cluster: {server: "https://$server:6443", certificate-authority-data: $(base64 -w0 "$dir/keys/ca.crt")}}],
  users: [{name: $1, user: {token: $2}}]}
Y
}

make_network() {
  local n other
  for n in 0 "${nodes[@]}"; do
    ip netns add "$(space "$n")"; ip -n "$(space "$n")" link set lo up
    ip netns exec "$(space "$n")" sysctl -qw net.ipv4.ip_forward=1
  done
  ip -n "$(space 0)" link add machines type bridge; ip -n "$(space 0)" addr add "$server/24" dev machines; ip -n "$(space 0)" link set machines up
  ip link add "$link" type veth peer name host netns "$(space 0)"; ip -n "$(space 0)" link set host master machines up
  ip addr add "$host/24" dev "$link"; ip link set "$link" up; ip route add "$pods.0.0/16" via "$server"
  for n in "${nodes[@]}"; do
    ip -n "$(space 0)" link add "node$n" type veth peer name eth0 netns "$(space "$n")"; ip -n "$(space 0)" link set "node$n" master machines up
    ip -n "$(space "$n")" addr add "$machines.$n/24" dev eth0; ip -n "$(space "$n")" link set eth0 up
    ip -n "$(space "$n")" route add default via "$server"; ip -n "$(space 0)" route add "$pods.$n.0/24" via "$machines.$n"
  done
  for n in "${nodes[@]}"; do for other in "${nodes[@]}"; do
    [ "$n" = "$other" ] || ip -n "$(space "$n")" route add "$pods.$other.0/24" via "$machines.$other"
  done; done
}

are_ready() { [ "$(kubectl get nodes --no-headers 2>/dev/null | grep -c ' Ready')" = ${#nodes[@]} ]; }

up() {
  local n controller
  ! ip -4 addr show | grep -qF " $machines." || fail "the addresses $machines.0/24 are taken on this machine; another cluster of these tests runs, or \`$self down $dir\` ends what is left of one"
  mkdir -p "$dir"; chmod 700 "$dir"; echo "$programs" >"$dir/programs"
  trap 'down' EXIT # unless all went well
  if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then # a bare container or micro virtual machine has none
    mount -t tmpfs cgroup /sys/fs/cgroup
    for controller in $(awk '!/^#/ && $4 == 1 {print $1}' /proc/cgroups); do
      mkdir -p "/sys/fs/cgroup/$controller"; mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
    done
  fi
  make_network; make_keys; boot_control
  until_ok 180 "the API server answers" kubectl get --raw /readyz
  for n in "${nodes[@]}"; do boot_node "$n"; done
  until_ok 120 "the nodes are ready" are_ready
  until_ok 120 "the controllers work" kubectl get serviceaccount default --namespace default
  trap - EXIT
  echo "$dir/admin.conf"
}

down() {
  local n controller mount
  [ -d "$dir" ] || return 0
  for n in "${nodes[@]}" 0; do off "$n"; ip netns del "$(space "$n")" 2>/dev/null || true; done
  ip link del "$link" 2>/dev/null || true
  for mount in $(awk -v dir="$dir/" 'index($2, dir) == 1 {print $2}' /proc/mounts | sort -r); do umount -l "$mount" || true; done
  for controller in /sys/fs/cgroup/*/gameday-kube /sys/fs/cgroup/gameday-kube; do
    [ ! -d "$controller" ] || find "$controller" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  rm -rf --one-file-system "$dir"
}

case $act in
  up) up "$@" ;;
  down) down ;;
  off) off "$which" ;;
  on) on "$which" ;;
  cut) ip -n "$(space 0)" link set "node$which" down ;;
  mend) ip -n "$(space 0)" link set "node$which" up ;;
esac
