#!/usr/bin/env bash
# packages.sh DIR: unpacks Debian's Docker engine, Compose v2 and the programs of the test images into DIR/root.
# It owns which packages those are. Nothing is installed: apt works on lists, sources and a cache of its own under DIR,
# so no package lock is taken, no service starts and the machine's apt and dpkg stay as they were. Needs no root.
# What the machine has installed already is not fetched again; DIR/root stands before /usr in every look-up.
set -euo pipefail
dir=$1
wanted=(docker.io iptables iproute2 mount busybox-static redis-server redis-tools nginx-light etcd-server etcd-client)

[ -e "$dir/root/.complete" ] && exit 0
. /etc/os-release
[ "${ID:-}" = debian ] || { echo "packages.sh: this is no Debian machine" >&2; exit 1; }
rm -rf "$dir/apt" "$dir/root"
mkdir -p "$dir/root"

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
END
    echo "packages.sh: fetching Debian's package lists ($suite)" >&2
    apt-get -qq --config-file "$own/apt.conf" update
  fi
  apt-get -qq --config-file "$own/apt.conf" "$@"
}

missing=()
for package in "${wanted[@]}"; do
  dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  apt "$VERSION_CODENAME" install --download-only --assume-yes --no-install-recommends "${missing[@]}" >/dev/null
fi
# Compose v2 came into Debian with release 13; its single Go program runs on 12 as well.
compose=$VERSION_CODENAME; [ "$compose" != bookworm ] || compose=trixie
mkdir -p "$dir/apt/debs"
(cd "$dir/apt/debs" && apt "$compose" download docker-compose)

for deb in "$dir"/apt/*/cache/archives/*.deb "$dir"/apt/debs/*.deb; do
  [ -e "$deb" ] || continue
  case $(basename "$deb") in libc6_* | libc-bin_*) continue ;; esac # the machine's loader needs the machine's C library
  dpkg-deb -x "$deb" "$dir/root"
done
rm -rf "$dir/apt"
touch "$dir/root/.complete"
