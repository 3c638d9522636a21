#!/usr/bin/env bash
# The end-to-end measurements, one line of JSON each. With PEER_URL (host:port) and PEER_PID of a
# running OpenSearch, the bulk load runs against both by turns; Quell builds no text index yet, so its
# throughput is not that of a like search engine. RATIOS, medians and p99 count, not absolute times.
#   TRIALS=200 OPEN=10000 SECONDS_EACH=10 ROUNDS=3 scripts/bench.sh [small|load|cancel|cluster|open|slow|memory|micro …]
set -euo pipefail
cd "$(dirname "$0")/.."
what=${*:-small load cancel cluster open slow micro}
cmake --preset release >/dev/null
cmake --build build/release --target quell bench_tools >/dev/null
bin=build/release/bench

pid=
start_node() { # [settings…]
  data=$(mktemp -d)
  build/release/quell serve -E path.data="$data" -E http.port=0 -E node.name=bench "$@" 2>"$data/log" &
  pid=$!
  until port=$(sed -n 's/.*"started".*"http":"[^"]*:\([0-9]*\)".*/\1/p' "$data/log") && [ -n "$port" ]; do
    kill -0 $pid || { cat "$data/log" >&2; exit 1; }
  done
}
stop_node() {
  [ -z "$pid" ] || { kill "$pid" && wait "$pid" || true; pid=; rm -rf "$data"; }
}
trap stop_node EXIT

load() {
  local clients round
  for clients in 1 2; do
    for round in $(seq "${ROUNDS:-3}"); do
      start_node
      curl -fsS -XPUT "127.0.0.1:$port/bench" -H 'Content-Type: application/json' \
        -d '{"settings":{"number_of_shards":1,"number_of_replicas":0}}' >/dev/null
      echo "quell      $("$bin"/bulk_load --port "$port" --pid "$pid" --clients $clients --seconds "${SECONDS_EACH:-10}")"
      stop_node
      [ -n "${PEER_URL:-}" ] || continue
      curl -fsS -XDELETE "$PEER_URL/bench" >/dev/null 2>&1 || true
      curl -fsS -XPUT "$PEER_URL/bench" -H 'Content-Type: application/json' \
        -d '{"settings":{"number_of_shards":1,"number_of_replicas":0}}' >/dev/null
      echo "opensearch $("$bin"/bulk_load --port "${PEER_URL##*:}" --pid "$PEER_PID" --clients $clients --seconds "${SECONDS_EACH:-10}")"
    done
  done
}

# Needs wrk.
small() {
  command -v wrk >/dev/null || { echo 'skipped: apt-get install wrk'; return; }
  start_node
  python3 bench/small_requests.py "quell=127.0.0.1:$port,$pid" ${PEER_URL:+"opensearch=$PEER_URL,$PEER_PID"} \
    --rounds "${ROUNDS:-3}"
  stop_node
}

cancel() {
  local kind
  for kind in running uploading retrying; do
    for busy in 0 3; do
      start_node
      "$bin"/cancel_trials --port "$port" --kind $kind --trials "${TRIALS:-200}" --load $busy
      curl -fsS "127.0.0.1:$port/_nodes/stats/commits?filter_path=nodes.*.commits.*_in_nanos" && echo
      stop_node
    done
  done
  start_node -E thread_pool.write.size=1
  "$bin"/cancel_trials --port "$port" --kind queued --trials "${TRIALS:-200}" --load 1
  stop_node
  start_node
  "$bin"/cancel_trials --port "$port" --kind queued --trials "${TRIALS:-200}" --load 4
  stop_node
}

# One bulk over two nodes and six shards; the cancel goes to the node that does not run it.
cluster() {
  local busy
  cmake --preset release -DQUELL_BENCH=ON >/dev/null
  cmake --build build/release --target transport_bench >/dev/null
  for busy in 0 3; do
    python3 scripts/with_cluster.py build/release/quell \
      "$bin"/cancel_trials --port {port1} --control-port {port2} --shards 6 --kind running \
      --trials "${TRIALS:-200}" --load $busy
  done
  build/release/src/transport/transport_bench --benchmark_min_time=0.2
}

open() {
  start_node
  "$bin"/open_uploads --port "$port" --pid "$pid" --count "${OPEN:-10000}"
  stop_node
}

slow() {
  local load
  ulimit -n "$(ulimit -Hn)"
  for load in "none 0" "gzip 4" "gzip 30" "newlines 8" "actions 8" "answers 8" "connections 12000"; do
    set -- $load
    start_node
    "$bin"/slow_bodies --port "$port" --pid "$pid" --load "$1" --count "$2" --seconds "${SECONDS_EACH:-10}"
    stop_node
  done
}

memory() {
  python3 bench/memory_attacks.py build/release/quell
}

micro() {
  cmake --preset release -DQUELL_BENCH=ON >/dev/null
  for module in base tasks engine actions rest; do
    cmake --build build/release --target ${module}_bench >/dev/null &&
      build/release/src/$module/${module}_bench --benchmark_min_time=0.2
  done
}

for one in $what; do
  echo "== $one"
  $one
done
