#!/usr/bin/env bash
# Installs the packages of cmake/packages.txt that are missing. Silent if none is.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sed 's/#.*//' cmake/packages.txt | xargs)
missing=()
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
    missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing packages. As root, run:  apt-get install ${missing[*]}" >&2
    exit 1
  fi
  sudo=sudo
fi
echo "Installing ${#missing[@]} missing packages: ${missing[*]}"
log=$(mktemp)
if ! { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "The installation failed; the whole log is $log" >&2
  exit 1
fi
rm -f "$log"
