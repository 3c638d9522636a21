#!/usr/bin/env bash
# Everything that `make test` runs, a line a step, and at the end how many passed. A step's output is
# shown when it fails, or with VERBOSE=1. With CI=true: sanitizers, fuzzers and clang-tidy, too.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0
logs=build/logs
mkdir -p "$logs"

step() { # step NAME COMMAND…
  local name=$1 log="$logs/${1// /-}.log" begin=$SECONDS
  shift
  printf '%-44s' "$name"
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %4d s\n' $((SECONDS - begin))
    [ -z "${VERBOSE:-}" ] || cat "$log"
  else
    failed=$((failed + 1))
    printf 'FAILED %3d s\n' $((SECONDS - begin))
    tail -n 150 "$log"
  fi
}

configure_and_build() { # PRESET TARGET…
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build "build/$preset" --target "$@"
}

unit_tests() { # PRESET [ctest arguments]
  local preset=$1
  shift
  ctest --test-dir "build/$preset" --output-on-failure "$@"
}

step 'layers' scripts/check_layers.py
step 'sizes and marks' scripts/check_sizes.py
step 'format' scripts/format.sh
step 'build' configure_and_build release quell unit_tests
step 'link checks' cmake --build build/release --target linkchecks
step 'unit tests' unit_tests release
for suite in test/*/run.sh; do
  [ -x "$suite" ] && step "$(basename "$(dirname "$suite")") tests" "$suite" build/release/quell
done

if [ "${CI:-}" = true ]; then
  step 'build with ASan and UBSan' configure_and_build asan unit_tests fuzzers
  step 'unit tests under ASan and UBSan' unit_tests asan
  step 'build with TSan' configure_and_build tsan tasks_test engine_test actions_test
  step 'unit tests under TSan' unit_tests tsan -R '^(tasks|engine|actions)_test$'
  step 'clang-tidy' scripts/lint.sh
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
