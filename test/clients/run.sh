#!/usr/bin/env bash
# run.sh BINARY: the released opensearch-py, unchanged, against one node started from BINARY. It is
# installed once, under build/clients.
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
exec "$venv/bin/python" "$here/opensearch_py.py" "$binary"
