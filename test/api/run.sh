#!/usr/bin/env bash
# run.sh BINARY [CASE…]: the REST API, case by case, against one node started from BINARY.
set -euo pipefail
binary=$1
shift
exec python3 "$(dirname "$0")/run.py" --binary "$binary" "$@"
