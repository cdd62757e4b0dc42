#!/bin/sh
# image-from-this-machine.sh [TAG]: makes the tools image of the programs of this machine, where no registry can be reached.
# Needs nft, tc, chattr, lsattr, haproxy and a static busybox (on Debian: apt-get install nftables iproute2 e2fsprogs haproxy busybox-static), and `docker import`.
set -eu
tag=${1:-gameday-tools:1}
PATH=$PATH:/usr/sbin:/sbin
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

find_program() { command -v "$1" || { echo "image-from-this-machine.sh: there is no program $1 here" >&2; exit 1; }; }

mkdir -p "$root/bin" "$root/usr/sbin" "$root/tmp"
busybox=$(find_program busybox)
cp -L "$busybox" "$root/bin/busybox"
for applet in sh cat grep timeout sleep ls head cut stat df dd rm mv chmod readlink; do ln -s busybox "$root/bin/$applet"; done
for name in nft tc chattr lsattr haproxy; do
  program=$(find_program "$name")
  cp -L "$program" "$root/usr/sbin/$name"
  # The libraries, each where the loader of this machine found it, but in one folder that needs no cache of the loader.
  ldd "$program" | awk '/=> \//{print $3}' | while read -r library; do
    mkdir -p "$root/usr/lib/tools"; cp -L "$library" "$root/usr/lib/tools/"
  done
  loader=$(ldd "$program" | awk '/^\t\//{print $1}')
  mkdir -p "$root$(dirname "$loader")"; cp -L "$loader" "$root$loader"
done
chmod -R u=rwX,go=rX "$root"
tar -C "$root" --numeric-owner --owner=0 --group=0 -c . |
  docker import --change 'ENV PATH=/usr/sbin:/bin LD_LIBRARY_PATH=/usr/lib/tools' - "$tag" >/dev/null
echo "$tag"
