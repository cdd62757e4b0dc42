#!/usr/bin/env bash
# vm.sh PROGRAMS OUT COMMAND...: boots a virtual machine in a second or two and runs COMMAND in it as root, in the folder of the
# caller: with this machine's files, which it can only read (what it writes is in its memory, and gone with it), but for the folder
# OUT, which is /out there. It has no network but its own. What COMMAND says is said here; its exit code is this one's.
# PROGRAMS is what programs.sh made. The machine ends with whoever started this, or after VM_S seconds (default: 600; exit code 124).
set -euo pipefail
dir=$1 out=$2; shift 2
. "$(cd "$(dirname "$0")" && pwd)/../docker/programs.sh"
release=$(readlink "$dir/root/boot/release")
qemu=$(where qemu-system-x86_64) || { echo "vm.sh: there is no qemu in $dir" >&2; exit 75; }
accel=tcg,thread=multi,tb-size=512 cpu=max
# Not every one (kvm_pvm) runs a kernel that does not know of it.
if [ -w /dev/kvm ] && { [ -e /sys/module/kvm_intel ] || [ -e /sys/module/kvm_amd ]; }; then accel=kvm cpu=host; fi
cat >"$out/job" <<END
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/tmp LANG=C.UTF-8
exec </dev/null >/dev/ttyS0 2>&1
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip() { LD_LIBRARY_PATH=$(libraries) $(where ip) "\$@"; }
ip link set lo up
hostname gameday-vm
cd $(printf %q "$PWD")
$(printf '%q ' "$@")
echo \$? >/out/code
sync; echo o >/proc/sysrq-trigger; sleep 1000
END
rm -f "$out/code"
share() { echo "-fsdev local,id=$1,path=$2,security_model=none,multidevs=remap$3 -device virtio-9p-pci,fsdev=$1,mount_tag=$1"; }
code=0
LD_LIBRARY_PATH=$(libraries) setpriv --pdeathsig KILL timeout --foreground --kill-after=5 "${VM_S:-600}" setpriv --pdeathsig KILL "$qemu" \
  -machine q35 -accel "$accel" -cpu "$cpu" -smp "${VM_CPUS:-2}" -m "${VM_MB:-4096}" -no-reboot -nodefaults -display none -serial stdio \
  -L "$dir/root/usr/share/qemu" -L "$dir/root/usr/share/seabios" \
  -kernel "$dir/root/boot/vmlinuz-$release" -initrd "$dir/first.gz" -append 'console=ttyS0 quiet panic=-1 mitigations=off' \
  $(share root / ,readonly=on) $(share modules "$(readlink -f "$dir/root/lib/modules")" ,readonly=on) $(share out "$out" '') </dev/null || code=$?
[ "$code" = 0 ] || exit "$code"
[ -s "$out/code" ] || { echo 'vm.sh: the virtual machine ended before its job' >&2; exit 99; }
exit "$(cat "$out/code")"
