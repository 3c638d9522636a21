#!/usr/bin/env bash
# run.sh BINARY [SECONDS]: half of the time on one node, half on three. `SEED=` repeats the choices.
set -uo pipefail
binary=$(realpath "$1") half=$((${2:-60} / 2))
cd "$(dirname "$0")"
passed=0 failed=0
step() {
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
step ./model_test.py
step ./sanitizers_test.py
for nodes in 1 3; do
  step ./run.py --binary "$binary" --nodes $nodes --seconds $half ${SEED:+--seed "$SEED"}
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
