#!/usr/bin/env bash
# programs.sh [there]: what boots a virtual machine whose kernel has netem, once a machine: Debian's own kernel, qemu, and a first
# root that goes on in this machine's files. They stand in ~/.cache/gameday-test/vm-DIGEST, outside of the checkout; stdout is that
# folder. Nothing is installed. `there` only tells whether they stand there, by its exit code. Exit code 75: they cannot be had here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
say() { echo "test:vm: $*" >&2; }
digest=$(cat "$here/programs.sh" "$here/init.sh" "$here/../docker/packages.sh" | sha256sum | cut -c1-16)
dir=${XDG_CACHE_HOME:-$HOME/.cache}/gameday-test/vm-$digest
if [ "${1:-}" = there ]; then [ -e "$dir/complete" ]; exit; fi
trap '[ $? = 0 ] || exit 75' EXIT
if [ -e "$dir/complete" ]; then echo "$dir"; exit; fi
[ "$(uname -m)" = x86_64 ] || { say "it takes a machine of x86-64"; exit 1; }
[ "$(id -u)" = 0 ] || { say "only root can hand its files over to a virtual machine"; exit 1; }
say "the kernel and qemu are not in $dir yet: fetching them"
mkdir -p "$dir"
exec 9>"$dir.lock"; flock 9 # whoever waited for another one finds them there
[ ! -e "$dir/complete" ] || { echo "$dir"; exit; }
SECONDS=0
bash "$here/../docker/packages.sh" "$dir" qemu-system-x86_64:qemu-system-x86 '/usr/share/seabios/bios-256k.bin:seabios' \
  kmod:kmod '/boot/vmlinuz-*:linux-image-amd64' >&2
. "$here/../docker/programs.sh"
LD_LIBRARY_PATH=$(libraries); export LD_LIBRARY_PATH

kernels=("$dir"/root/boot/vmlinuz-*)
release=${kernels[0]##*/vmlinuz-}
[ -e "$dir/root/lib/modules" ] || ln -s usr/lib "$dir/root/lib" # where Debian has one folder for both
modules=$dir/root/lib/modules/$release
(exec -a depmod "$(where kmod)" -b "$dir/root" "$release") # it goes by its name, and Debian has a link for each
ln -sfn "$release" "$dir/root/boot/release"

# The first root: busybox, and the modules without which the machine's own files cannot be reached, in their order.
root=$(mktemp -d "$dir/first.XXXXXX")
mkdir -p "$root"/{bin,modules,proc,sys,dev,ro,rw,new}
cp "$(where busybox)" "$root/bin/busybox"
for module in virtio_pci 9pnet_virtio 9p overlay; do
  line=$(grep -E "/$module\.ko[.a-z]*:" "$modules/modules.dep" || true)
  [ -n "$line" ] || continue # built in
  for file in $(tr ' ' '\n' <<<"${line#*:}" | tac) "${line%%:*}"; do
    [ ! -e "$root/modules/${file##*/}" ] || continue
    cp "$modules/$file" "$root/modules/"; echo "${file##*/}" >>"$root/modules/order"
  done
done
cp "$here/init.sh" "$root/init"; chmod +x "$root/init"
(cd "$root" && "$root/bin/busybox" find . | "$root/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$dir/first.gz"
rm -rf "$root"
touch "$dir/complete"
say "fetched in $SECONDS s"
echo "$dir"
