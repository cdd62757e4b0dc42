#!/bin/busybox sh
# The first process of the virtual machine: the files of the machine that it runs on, which it can only read, with what it writes
# above them in memory; and Debian's modules for its own kernel. Then the job in /out.
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
share() { mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2" || poweroff -f; }
share root /ro ro,cache=loose
mount -t tmpfs -o size=80% tmpfs /rw; mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /new || poweroff -f
mkdir -p /new/lib/modules /new/out
for folder in run tmp var/tmp dev/shm; do mkdir -p "/new/$folder"; done
mount -t tmpfs tmpfs /new/run; mount -t tmpfs -o mode=1777,size=80% tmpfs /new/tmp
share modules /new/lib/modules ro,cache=loose
share out /new/out cache=none
for folder in dev proc sys; do mount --move "/$folder" "/new/$folder"; done
exec switch_root /new /bin/bash /out/job
