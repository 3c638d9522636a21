#!/usr/bin/env bash
# run.sh BINARY [ROUNDS]: kills a node under load and looks at what is there afterwards.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
