#!/usr/bin/env bash
# image.sh NAME TAG DIR: makes the test image NAME (busybox, redis, nginx, etcd, tools) of Debian's own programs and hands it to
# `docker import` as TAG, unless the engine has that tag. No registry, no builder: the program, the libraries that ldd names
# and a static busybox with its applets stand in a tar. DIR is where packages.sh unpacked (or unpacks now). Needs no root.
set -euo pipefail
name=$1 tag=$2 dir=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/programs.sh"
mkdir -p "$dir"
exec 9>"$dir/image.lock"; flock 9 # test workers may ask for the same image at once
docker image inspect "$tag" >/dev/null 2>&1 && exit 0
bash "$here/packages.sh" "$dir"

if [ "$name" = tools ]; then # by the script that users have
  PATH=$program_path LD_LIBRARY_PATH=$(libraries) exec sh "$here/../../tools/image-from-this-machine.sh" "$tag"
fi

root=$(mktemp -d "$dir/image.XXXXXX"); trap 'rm -rf "$root"' EXIT
libraries=$(libraries)

# put FILE [DEST]: copies FILE to where it belongs in the image, which is its path without the unpacking folder.
put() {
  local dest=${2:-${1#"$dir/root"}}
  [ -e "$root$dest" ] && return 0
  mkdir -p "$root$(dirname "$dest")"; cp -L --preserve=mode "$1" "$root$dest"
}
program() {
  local path lib
  path=$(where "$1") || fail "there is no program $1"
  put "$path" "/usr/bin/$1"
  for lib in $(LD_LIBRARY_PATH=$libraries ldd "$path" 2>/dev/null | awk '/=> \//{print $3} /^\t\/lib/{print $1}'); do put "$lib"; done
}

mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc,run,var/run,var/log/nginx,var/lib/nginx,proc,sys,dev,root,data,tmp}
chmod 755 "$root"; chmod 1777 "$root/tmp"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nwww-data:x:33:33::/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\nwww-data:x:33:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
put "$(where busybox)" /bin/busybox
for applet in $("$root/bin/busybox" --list-full); do
  mkdir -p "$root/$(dirname "$applet")"; [ -e "$root/$applet" ] || ln -s /bin/busybox "$root/$applet"
done

changes=()
case $name in
  busybox) changes=('CMD ["sh"]') ;;
  redis)
    program redis-server; program redis-cli
    changes=('WORKDIR /data' 'EXPOSE 6379' 'CMD ["redis-server","--protected-mode","no"]') ;;
  nginx)
    program nginx
    mkdir -p "$root/etc/nginx/conf.d" "$root/usr/share/nginx/html"
    printf 'server { listen 80; root /usr/share/nginx/html; }\n' >"$root/etc/nginx/conf.d/default.conf"
    printf 'welcome\n' >"$root/usr/share/nginx/html/index.html"
    printf '%s\n' 'user nobody nogroup;' 'pid /run/nginx.pid;' 'error_log stderr;' 'events {}' \
      'http { default_type text/html; access_log off; include conf.d/*.conf; }' >"$root/etc/nginx/nginx.conf"
    changes=('EXPOSE 80' 'CMD ["nginx","-g","daemon off;"]') ;;
  etcd)
    program etcd; program etcdctl
    changes=('WORKDIR /data' 'EXPOSE 2379' 'CMD ["etcd"]') ;;
  *) echo "image.sh: no image is called $name" >&2; exit 2 ;;
esac
options=(); for change in "${changes[@]}"; do options+=(--change "$change"); done
tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import "${options[@]}" - "$tag" >/dev/null
