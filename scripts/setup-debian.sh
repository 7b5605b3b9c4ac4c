#!/usr/bin/env bash
# Installs the Debian packages that tests use, and only those that are missing. strace observes in which
# order the kernel's process writes and replies; unshare, setpriv and setsid come with util-linux.
set -euo pipefail

missing=()
command -v strace >/dev/null || missing+=(strace)
for tool in unshare setpriv setsid; do
  command -v "$tool" >/dev/null || { missing+=(util-linux); break; }
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: nothing is missing"
  exit 0
fi
command -v apt-get >/dev/null || { echo "setup: please install: ${missing[*]}" >&2; exit 1; }

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: please install, as root: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo -n)
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
