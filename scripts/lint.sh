#!/usr/bin/env bash
# lint.sh [FILE…]: runs clang-tidy (.clang-tidy: a short list, as errors), on all sources by default.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset asan >/dev/null
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.cc' | grep -vE '_(test|bench|fuzz)\.cc$')
printf '%s\n' "${files[@]}" | xargs -r -P"$(nproc)" -n4 clang-tidy-19 -p build/asan --quiet \
  --warnings-as-errors='*' 2> >(grep -vE 'warnings generated|^Suppressed|^Use -header' >&2)
