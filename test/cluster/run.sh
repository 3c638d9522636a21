#!/usr/bin/env bash
# run.sh BINARY [PATTERN]: several nodes and a nats-server, with freezes, kills and cut networks.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
