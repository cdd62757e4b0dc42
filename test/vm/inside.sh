#!/usr/bin/env bash
# inside.sh PROGRAMS MOCHA-WORD...: what is run inside of the virtual machine: mocha, with a Docker engine of the packages that stand
# in PROGRAMS. Nothing is fetched.
set -euo pipefail
dir=$1; shift
. "$(cd "$(dirname "$0")" && pwd)/../docker/programs.sh"
# The kernel asks this one for the modules that it needs.
cat >/run/modprobe <<END
#!/bin/bash
export LD_LIBRARY_PATH=$(libraries)
exec -a modprobe $(where kmod) "\$@"
END
chmod +x /run/modprobe; echo /run/modprobe >/proc/sys/kernel/modprobe
for module in overlay bridge br_netfilter veth nf_tables; do /run/modprobe "$module"; done
engine=$TMPDIR/gameday-test-docker-0
# Programs wait for each other only so long, and each comes a long way to this machine's memory.
for program in containerd containerd-shim-runc-v2 runc dockerd docker; do cat "$(where $program)" >/dev/null; done
for try in 1 2 3; do
  mkdir -p "$engine"; ln -s "$dir/root" "$engine/root" # what fails is cleared away
  bash test/docker/engine.sh up "$engine" >/dev/null && break
  [ $try != 3 ]
done
export PATH=$PWD/node_modules/node/bin:$PATH:$dir/root/bin GAMEDAY_REQUIRE_DOCKER=1 GAMEDAY_KEEP_DOCKER=1
exec node node_modules/mocha/bin/mocha.js --no-config --require test/docker/global-setup.ts --require test/sweep.ts "$@"
