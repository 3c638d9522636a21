#!/usr/bin/env bash
# run.sh BINARY: damages what a node keeps and looks at what it says and does.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
