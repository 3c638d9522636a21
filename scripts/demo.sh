#!/usr/bin/env bash
# The main job on real data: see scripts/demo.py. Debian's package catalogue must be known to apt.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(apt-cache dumpavail 2>/dev/null | head -c 1000000 | wc -c)" -lt 1000000 ]; then
  echo "Fetching Debian's package catalogue (apt-get update)"
  if [ "$(id -u)" -eq 0 ]; then apt-get update -qq; else sudo apt-get update -qq; fi
fi
exec python3 scripts/demo.py build/release/quell "$@"
