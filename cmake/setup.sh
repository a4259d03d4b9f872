#!/bin/sh
# Installs the Debian 12 packages that are missing: those that building needs, and with the argument
# `test` those of the tests and benchmarks as well, with `train` those of the examples' training
# scripts. Does nothing, and needs no rights, if all are there.
set -eu

here=$(dirname "$0")
lists="$here/packages-build.txt"
if [ -n "${1:-}" ]; then
  lists="$lists $here/packages-$1.txt"
fi

missing=
for package in $(cat $lists); do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  as_root=sudo
fi
echo "Installing$missing"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
