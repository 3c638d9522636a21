#!/usr/bin/env bash
# Installs the packages of cmake/packages.txt that are missing. Silent if none is.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sed 's/#.*//' cmake/packages.txt | xargs)
if ! command -v dpkg-query >/dev/null; then
  echo "Quell builds on Debian 12; elsewhere, bring what cmake/packages.txt lists." >&2
  exit 1
fi
# Fails for names it does not know, which are simply not installed.
# shellcheck disable=SC2086  # one word a package
known=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
installed=" $(sed -n 's/^installed //p' <<<"$known" | tr '\n' ' ') "
missing=()
for package in $wanted; do
  [[ $installed == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    printf 'These packages are missing, and there is no sudo. As root, run:\n' >&2
    printf '  apt-get update && apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} missing Debian packages: ${missing[*]}"
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "The packages could not be installed; the whole log is $log" >&2
  exit 1
fi
rm -f "$log"
