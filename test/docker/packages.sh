#!/usr/bin/env bash
# packages.sh DIR [PROGRAM:PACKAGE...]: unpacks Debian's Docker engine, Compose v2 and the programs of the test images into DIR/root,
# and these packages, whose program may be a pattern of a file below DIR/root (/boot/vmlinuz-*).
# It owns which packages those are. Nothing is installed: apt works on lists, sources and a cache of its own under DIR,
# so no package lock is taken, no service starts and the machine's apt and dpkg stay as they were. Needs no root.
# What the machine has installed already is not fetched again: programs.sh looks for the programs in both places.
set -euo pipefail
dir=$1
. "$(dirname "$0")/programs.sh"
no_debian="this machine is no Debian, whose packages are needed here; $instead"
[ -e /etc/os-release ] || fail "$no_debian"
. /etc/os-release
[ "${ID:-}" = debian ] && [ -n "${VERSION_CODENAME:-}" ] || fail "$no_debian"

# Each program that is needed, with the package that brings it.
client=docker-cli; [ "$VERSION_CODENAME" != bookworm ] || client=docker.io # Debian 13 split it off
programs=(
  "docker:$client" dockerd:docker.io docker-proxy:docker.io containerd:containerd containerd-shim-runc-v2:containerd runc:runc
  iptables-nft:iptables ip:iproute2 mount:mount busybox:busybox-static redis-server:redis-server redis-cli:redis-tools
  nginx:nginx etcd:etcd-server etcdctl:etcd-client nft:nftables tc:iproute2 chattr:e2fsprogs lsattr:e2fsprogs haproxy:haproxy "${@:2}"
)

not_found() {
  local entry
  for entry in "${programs[@]%%:*}"; do
    case $entry in
      /*) compgen -G "$dir/root$entry" >/dev/null || echo "$entry" ;;
      *) where "$entry" >/dev/null || echo "$entry" ;;
    esac
  done
  where_compose >/dev/null || echo 'docker compose'
}

# Complete is a folder only together with the machine: a program that the machine had is no longer there once it was removed.
[ -e "$dir/root/.complete" ] && [ -z "$(not_found)" ] && exit 0
rm -rf "$dir/apt"
[ -e "$dir/root/.complete" ] || rm -rf "$dir/root" # what is whole may run an engine meanwhile: what is missing is added to it
mkdir -p "$dir/root"
printf '#!/bin/sh\n' >"$dir/root/.try"; chmod +x "$dir/root/.try"
"$dir/root/.try" 2>/dev/null || fail "no program can be run in $dir (is it mounted noexec?); set TMPDIR to a folder on another file system"

offline="could not fetch packages from deb.debian.org (the lines of apt-get above say why); let apt-get reach it, or $instead"
# apt SUITE COMMAND...: apt-get in DIR/apt/SUITE, which knows that one release of Debian and nothing else. Its settings are
# read after the machine's, so that the machine's proxy counts and its hooks (which may empty its cache) do not run.
apt() {
  local suite=$1 own=$dir/apt/$1 key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'; shift
  if [ ! -e "$own/apt.conf" ]; then
    mkdir -p "$own"/{lists/partial,cache/archives/partial,parts}
    printf 'deb %s http://deb.debian.org/%s main\n' "$key" "debian $suite" "$key" "debian $suite-updates" \
      "$key" "debian-security $suite-security" >"$own/sources.list"
    cat >"$own/apt.conf" <<END
#clear APT::Default-Release;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Debug::NoLocking "true";
Dir::Etc::SourceList "$own/sources.list";
Dir::Etc::SourceParts "$own/parts";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$own/parts";
Dir::State::Lists "$own/lists";
Dir::Cache "$own/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
END
    echo "packages.sh: fetching Debian's package lists ($suite)" >&2
    apt-get -qq --config-file "$own/apt.conf" update || fail "$offline"
  fi
  apt-get -qq --config-file "$own/apt.conf" "$@"
}

# fetch [OPTION...] PACKAGE...: unpacks these packages, and those they depend on as far as they are not installed.
fetch() {
  local deb
  apt "$VERSION_CODENAME" install --download-only --assume-yes --no-install-recommends \
    --allow-change-held-packages "$@" >/dev/null || return 1
  for deb in "$dir/apt/$VERSION_CODENAME"/cache/archives/*.deb; do unpack "$deb"; done
}
unpack() {
  case $(basename "$1") in libc6_* | libc-bin_*) return 0 ;; esac # the machine's loader needs the machine's C library
  [ ! -e "$1" ] || dpkg-deb -x "$1" "$dir/root" ||
    fail "could not unpack $(basename "$1") (is the file system of $dir full?); set TMPDIR to a folder on another one"
}

if ! where_compose >/dev/null; then
  # Compose v2 came into Debian with release 13; its single Go program runs on 12 as well.
  compose=$VERSION_CODENAME; [ "$compose" != bookworm ] || compose=trixie
  mkdir -p "$dir/apt/debs"
  (cd "$dir/apt/debs" && apt "$compose" download docker-compose) || fail "$offline"
  for deb in "$dir"/apt/debs/*.deb; do unpack "$deb"; done
fi
mapfile -t wanted < <(printf '%s\n' "${programs[@]#*:}" | sort -u)
missing=()
for package in "${wanted[@]}"; do
  dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} = 0 ] || fetch "${missing[@]}" || true
# What the machine has installed may forbid these packages (half an installation does), or be there by name only: then they
# are fetched as for a machine that has none.
[ -z "$(not_found)" ] || fetch -o Dir::State::status=/dev/null "${wanted[@]}" || fail "$offline"
rm -rf "$dir/apt"
lacking=$(not_found | paste -sd,)
[ -z "$lacking" ] || fail "Debian's packages brought no ${lacking//,/, } for $VERSION_CODENAME; $instead"
touch "$dir/root/.complete"
