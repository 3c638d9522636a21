#!/usr/bin/env bash
# Runs every libFuzzer target for FUZZ_SECONDS (60); findings stay under build/asan/findings/.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset asan >/dev/null
cmake --build build/asan --target fuzzers
mkdir -p build/asan/findings
for fuzzer in $(find build/asan/src -name '*_fuzz' -type f -executable | sort); do
  name=$(basename "$fuzzer")
  mkdir -p "build/asan/corpus/$name"
  echo "== $name"
  "$fuzzer" -max_total_time="${FUZZ_SECONDS:-60}" -artifact_prefix=build/asan/findings/ \
    -verbosity=0 -print_final_stats=1 "build/asan/corpus/$name"
done
