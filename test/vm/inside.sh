#!/usr/bin/env bash
# inside.sh PROGRAMS MOCHA-WORD...: what is run inside of the virtual machine: mocha, with a Docker engine that the tests start of
# the packages that stand in PROGRAMS. Nothing is fetched.
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
mkdir "$engine"; ln -s "$dir/root" "$engine/root"
export PATH=$PWD/node_modules/node/bin:$PATH:$dir/root/bin GAMEDAY_REQUIRE_DOCKER=1
exec node node_modules/mocha/bin/mocha.js --no-config --require test/docker/global-setup.ts --require test/sweep.ts "$@"
