#!/usr/bin/env bash
# unit_tests.sh PRESET [CTEST ARGUMENT…]: runs the unit tests of build/PRESET, tells what each folder's
# tests did, and ends with `N passed, N failed, N skipped`. A test that fails shows its output.
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift

export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:external_symbolizer_path=$ASAN_SYMBOLIZER_PATH
[ ! -f cmake/tsan.supp ] || TSAN_OPTIONS+=":suppressions=$PWD/cmake/tsan.supp"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" "$@" >"$log" 2>&1
status=$?

awk '
  # 12/345 Test  #12: base/Clock.Advances ......   Passed    0.02 sec
  /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    sub(/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: /, "")
    module = $0; sub(/\/.*/, "", module)
    seconds[module] += $(NF - 1)
    if (/ Passed +[0-9.]+ sec$/) { passed[module]++; all_passed++ }
    else if (/\*\*\*Skipped|\*\*\*Not Run \(Disabled\)/) { skipped[module]++; all_skipped++ }
    else { failed[module]++; all_failed++; showing = 1; print "FAILED " $0; next }
    showing = 0
    next
  }
  /^ +Start +[0-9]+: / || /^[0-9]+% tests passed/ { showing = 0 }
  showing { print }
  /^No tests were found|^CMake Error|^Unable to find|_NOT_BUILT/ { print }
  END {
    for (module in seconds)
      printf "%-8s %5d passed %4d failed %4d skipped %7.1f s\n", module, passed[module],
             failed[module], skipped[module], seconds[module] | "sort"
    close("sort")
    printf "%d passed, %d failed, %d skipped\n", all_passed, all_failed, all_skipped
  }' "$log"
[ "$status" -eq 0 ]
