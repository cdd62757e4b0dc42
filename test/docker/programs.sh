# Sourced with $dir set: where the programs are. Those that packages.sh unpacked into $dir/root come first, with their
# libraries; then whatever the machine has on its PATH, and in the folders for root that an ordinary user's PATH lacks.
# A program that the machine has installed is not unpacked, so nobody looks into $dir/root alone.
unpacked=$dir/root/usr/sbin:$dir/root/usr/bin:$dir/root/sbin:$dir/root/bin
others=:$PATH:/usr/local/sbin:/usr/sbin:/sbin:
others=${others//":$dir/bin:"/:} # it holds links to what is found here, which must not become links to themselves
program_path=$unpacked$others/bin

where() {
  local path
  path=$(PATH=$program_path type -P "$1") || return 1
  [ -x "$path" ] && echo "$path" # the shell names a file that cannot be run where it finds no other
}
libraries() {
  local lib all=
  for lib in "$dir"/root/usr/lib/*-linux-gnu "$dir"/root/lib/*-linux-gnu; do [ ! -d "$lib" ] || all+=$lib:; done
  echo "${all%:}"
}
# Compose v2 is no program on the PATH: `docker` finds it in a folder for plugins.
where_compose() {
  local folder plugin
  for folder in "$dir"/root/usr{/local,}/lib{exec,}/docker /usr{/local,}/lib{exec,}/docker; do
    plugin=$folder/cli-plugins/docker-compose
    if [ -f "$plugin" ] && [ -x "$plugin" ]; then echo "$plugin"; return; fi
  done
  return 1
}
# The reason why there is no engine and the next thing to do, in one line that find.ts knows by its beginning.
instead='start a Docker engine of your own that has Compose v2'
fail() { echo "$(basename "$0"): failed: $*" >&2; exit 1; }

# A process that is frozen (a container that is paused) takes its SIGKILL only when it is thawed.
thaw() {
  local group file
  while IFS=: read -r _ kind group; do
    case $kind in
      freezer) file=/sys/fs/cgroup/freezer$group/freezer.state group=THAWED ;;
      '') file=/sys/fs/cgroup$group/cgroup.freeze group=0 ;;
      *) continue ;;
    esac
    [ ! -w "$file" ] || echo "$group" >"$file" || true
  done 2>/dev/null <"/proc/$1/cgroup" || true
}

# A bare container or micro virtual machine may have no control groups mounted at all. For a mount namespace of one's own.
mount_groups() {
  local kind
  if grep -q ' /sys/fs/cgroup' /proc/mounts; then return 0; fi
  mount -t tmpfs cgroup /sys/fs/cgroup
  for kind in $(awk '!/^#/ && $4 == 1 {print $1}' /proc/cgroups); do
    mkdir -p "/sys/fs/cgroup/$kind"
    mount -t cgroup -o "$kind" cgroup "/sys/fs/cgroup/$kind" || rmdir "/sys/fs/cgroup/$kind"
  done
}
