#!/usr/bin/env bash
# run.sh BINARY: what a node holds while many large bodies change metadata, and when they are done.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
