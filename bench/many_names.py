#!/usr/bin/env python3
"""many_names.py BINARY [INDICES]: what requests about very many names cost, and those who ask something else meanwhile.

Starts a node with INDICES (1,500) indices and 5,000 aliases, and prints one line of JSON an experiment: how long it
took, its status, and the latencies of a list and a cancel meanwhile (see probe.py)."""
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "test/support"))
import live_node  # noqa: E402
import probe  # noqa: E402

PATTERNS = ",".join(f"*{i}*" for i in range(400))


def call(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    text = json.dumps(body) if body is not None else None
    connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def experiment(node, name, *requests, seconds=4.0, say=None):
    probing = subprocess.Popen(probe.command(node.port, seconds), stdout=subprocess.PIPE)
    time.sleep(0.3)
    told = []
    for request in requests:
        began = time.monotonic()
        status, data = call(node.port, *request)
        told.append({"took_ms": round(1000 * (time.monotonic() - began), 1), "status": status,
                     **(say(data) if say else {})})
        if status >= 300:
            told[-1]["answer"] = data[:200].decode(errors="replace")
    others = json.loads(probing.communicate()[0])
    print(json.dumps({"experiment": name, "requests": told, "others": others,
                      "resident_mb": probe.resident_mb(node.process.pid)}), flush=True)


def fields(first, count):
    return {f"f{i}": i for i in range(first, first + count)}


def main():
    binary, indices = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_500
    port = {"http.port": int(os.environ["PORT"])} if "PORT" in os.environ else {}
    node = live_node.Node(binary, **port).start()
    try:
        call(node.port, "PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 100_000}})
        began = time.monotonic()
        for i in range(indices):
            call(node.port, "PUT", f"/index-{i}")
        print(json.dumps({"experiment": f"create {indices} indices",
                          "took_s": round(time.monotonic() - began, 1)}), flush=True)
        add = [{"add": {"index": f"index-{i % indices}", "alias": f"alias-{i}"}} for i in range(5_000)]
        experiment(node, "5,000 aliases", ("POST", "/_aliases", {"actions": add}))
        experiment(node, "400 wildcards", ("GET", f"/{PATTERNS}/_count"), ("GET", f"/_cat/indices/{PATTERNS}"),
                   ("GET", f"/{PATTERNS}/_settings"), ("GET", f"/{PATTERNS}/_mapping"))
        add = [{"add": {"index": "index-0", "alias": f"one-{i}"}} for i in range(10_000)]
        experiment(node, "10,000 aliases of one index", ("POST", "/_aliases", {"actions": add}),
                   ("POST", "/_aliases", {"actions": [{"add": {"index": "index-1", "alias": "one-more"}}]}))
        put = {"properties": {"new": {"type": "keyword"}}}
        experiment(node, f"PUT _mapping to {indices} indices", ("PUT", "/*/_mapping", put))
        experiment(node, "flush of all", ("POST", "/_flush"),
                   say=lambda data: json.loads(data).get("_shards", {}) | {"failures": None})
        limits = {"settings": {"index.mapping.total_fields.limit": 200_000}}
        call(node.port, "PUT", "/wide", limits)
        experiment(node, "100,000 new fields, then one more, twice", ("PUT", "/wide/_doc/1", fields(0, 100_000)),
                   ("PUT", "/wide/_doc/2", {"g1": 1}), ("PUT", "/wide/_doc/3", {"g2": 1}), seconds=8)
    finally:
        node.stop()


main()
