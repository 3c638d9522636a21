#!/usr/bin/env bash
# run.sh BINARY [ROUNDS]: fills a node's disk, frees room and fills it again, on a file system of its own.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
