#!/usr/bin/env bash
# Everything that `make test` runs, a line a step; at the end how many tests and checks passed. A step
# whose output ends with `N passed, N failed` counts as these, any other as one. Its output is kept
# under build/logs/ and shown when it fails, or with VERBOSE=1. With LINT=1 also clang-tidy, with
# CI=true that, unit tests under sanitizers, and a second of each fuzzer, too.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0 skipped=0 broken=()
begin_of_all=$SECONDS
logs=build/logs
mkdir -p "$logs"

step() { # step NAME COMMAND…
  local name=$1 log="$logs/${1//[^a-zA-Z]/-}.log" begin=$SECONDS status=0 told p=1 f=0 s=0
  shift
  printf '%-36s ' "$name"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
    told="$p passed, $f failed, $s skipped"
  elif [ $status -ne 0 ]; then
    p=0
  fi
  [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$f" -eq 0 ]; then
    printf 'ok     %4d s  %s\n' $((SECONDS - begin)) "${told:-}"
    [ -z "${VERBOSE:-}" ] || sed "s|^|    |" "$log"
  else
    broken+=("$name")
    printf 'FAILED %4d s  %s\n' $((SECONDS - begin)) "${told:-}"
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" | tail -n 200 | sed 's|^|    |'
  fi
}

build() { # build PRESET TARGET…
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build "build/$preset" --target "$@" -- -k 0
}

ci() { [ "${CI:-}" = true ]; }

step 'layers' scripts/check_layers.py
step 'sizes and marks' scripts/check_sizes.py
step 'lifetimes' scripts/check_lifetimes.py
step 'format' scripts/format.sh
step 'table of indivisible calls' scripts/indivisible.py --check
step 'build' build release quell unit_tests
step 'link checks' build release linkchecks
step 'headers compile alone' build release all_verify_interface_header_sets
step 'unit tests' scripts/unit_tests.sh release
for suite in test/run.sh test/*/run.sh; do
  [ -x "$suite" ] || continue
  name=$(basename "$(dirname "$suite")")
  step "${name/#test/black-box} tests" "$suite" build/release/quell
done

if ci; then
  step 'build with ASan and UBSan' build asan unit_tests fuzzers quell
  step 'unit tests with ASan and UBSan' scripts/unit_tests.sh asan
  step 'stress with ASan and UBSan' test/stress/run.sh build/asan/quell
  step 'build with TSan' build tsan tasks_test journal_test engine_test actions_test
  step 'unit tests with TSan' scripts/unit_tests.sh tsan -L '^(tasks|journal|engine|actions)$'
fi
if ci || [ -n "${LINT:-}" ]; then
  step 'clang-tidy' scripts/lint.py
fi

echo "$((SECONDS - begin_of_all)) s; logs are in $logs/"
[ ${#broken[@]} -eq 0 ] || printf 'failed: %s\n' "${broken[@]}"
summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary+=", $skipped skipped"
echo "$summary"
[ "$failed" -eq 0 ]
