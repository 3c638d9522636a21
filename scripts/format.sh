#!/usr/bin/env bash
# format.sh [--fix]: checks the format of the C++ sources, or mends it.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" = --fix ] && mode=(-i)
git ls-files -co --exclude-standard '*.cc' '*.h' | xargs -r -P2 -n40 clang-format-19 "${mode[@]}"
