#!/usr/bin/env bash
# run.sh BINARY: the bare cancel, again and again, while a node ingests and flushes.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
