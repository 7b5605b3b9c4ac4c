#!/usr/bin/env bash
# Installs what Custos and its tests use of Debian's packages, and only what is missing: bubblewrap and uidmap
# for boundaries, perl for what stands before them, strace for a test; unshare, setpriv and prlimit come with
# util-linux. gVisor's runsc is taken from Debian as well: its static program from the first release that has a
# good one, unpacked to /usr/local/bin for root and to ~/.local/bin for anybody else, without installing its
# package. Where packages come from is read from this machine's own sources.
#
# With --bench PostgreSQL too, which the benches start for themselves; the cluster that Debian would make and start
# with it is not made.
set -euo pipefail

runsc_release=trixie
runsc_at_least=20240729

note() { echo "setup: $*"; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

# ── packages ─────────────────────────────────────────────────────────────────────────────────────────────
missing=()
command -v strace >/dev/null || missing+=(strace)
command -v bwrap >/dev/null || missing+=(bubblewrap)
command -v newuidmap >/dev/null || missing+=(uidmap)
command -v perl >/dev/null || missing+=(perl-base)
# What tests run inside boundaries: they are here on most machines.
command -v git >/dev/null || missing+=(git)
command -v curl >/dev/null || missing+=(curl)
command -v python3 >/dev/null || missing+=(python3)
command -v cc >/dev/null || missing+=(gcc libc6-dev)
# What a start is compared with in the benches stands on these two.
command -v socat >/dev/null || missing+=(socat)
command -v rg >/dev/null || missing+=(ripgrep)
if [ "${1:-}" = --bench ] && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  missing+=(postgresql)
fi
for tool in unshare setpriv setsid prlimit; do
  command -v "$tool" >/dev/null || { missing+=(util-linux); break; }
done

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { note "please install: ${missing[*]}" >&2; exit 1; }
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    note "please install, as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  note "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -q
  if [[ " ${missing[*]} " == *' postgresql '* ]]; then
    # Read by its package as that is installed.
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/no-main.conf >/dev/null
  fi
  as_root apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

# ── gVisor ───────────────────────────────────────────────────────────────────────────────────────────────
# good PATH: whether PATH is a runsc that is new enough.
good() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n 's/^runsc version .*\([0-9]\{8\}\).*/\1/p') || return 1
  [ -n "$version" ] && [ "$version" -ge "$runsc_at_least" ]
}

# source_stanza: the machine's own Debian source, with the release that has a good runsc.
source_stanza() {
  local uri keys file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' "$file" | grep -v security | head -n 1)
    keys=$(sed -n 's/^Signed-By: *\(\/[^ ]*\).*/\1/p' "$file" | head -n 1)
    [ -n "$uri" ] && break
  done
  if [ -z "${uri:-}" ] && [ -e /etc/apt/sources.list ]; then
    uri=$(sed -n 's/^deb *\(\[[^]]*\]\)\{0,1\} *\([^ ]*\) .*/\2/p' /etc/apt/sources.list | grep -v security | head -n 1)
  fi
  [ -n "${uri:-}" ] || return 1
  echo "deb [signed-by=${keys:-/usr/share/keyrings/debian-archive-keyring.gpg}] $uri $runsc_release main"
}

fetch_runsc() {
  local folder=$1 target=$2 stanza
  stanza=$(source_stanza) || return 1
  mkdir -p "$folder"/{lists/partial,cache/archives/partial,empty}
  echo "$stanza" > "$folder/sources.list"
  cat > "$folder/apt.conf" <<CONF
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "$folder/empty";
Dir::State::lists "$folder/lists";
Dir::State::status "/dev/null";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
CONF
  (
    cd "$folder"
    export APT_CONFIG="$folder/apt.conf"
    apt-get update -qq && apt-get download -qq "runsc/$runsc_release" && dpkg-deb -x runsc_*.deb unpacked
  ) || return 1
  good "$folder/unpacked/usr/bin/runsc" || return 1
  mkdir -p "$(dirname "$target")"
  install -m 0755 "$folder/unpacked/usr/bin/runsc" "$target.new"
  mv "$target.new" "$target"
}

for runsc in /usr/local/bin/runsc /usr/bin/runsc "$HOME/.local/bin/runsc"; do
  if good "$runsc"; then
    [ ${#missing[@]} -gt 0 ] || note 'nothing is missing'
    exit 0
  fi
done
target=$HOME/.local/bin/runsc
if [ "$(id -u)" -eq 0 ]; then target=/usr/local/bin/runsc; fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && fetch_runsc "$scratch" "$target"; then
  note "gVisor's $("$target" --version | head -n 1) is now $target"
else
  # The rung below still holds programs; the ladder says which one is there.
  note "gVisor's runsc could not be had from this machine's Debian sources; boundaries use the rung below" >&2
fi
