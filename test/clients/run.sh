#!/usr/bin/env bash
# run.sh BINARY: released clients, unchanged, against nodes started from BINARY. They are installed
# once, under build/clients; those for Java only where there are a JDK and Maven.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1")
venv=$here/../../build/clients
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 5 -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed.txt"
fi
exec "$venv/bin/python" "$here/run.py" "$binary"
