#!/usr/bin/env python3
"""run.py QUELL: forty mappings at once, each as large as one may be, against a node whose requests may hold a gigabyte.
The process may hold a fifth more; when all are answered, it returns what it no longer needs."""
import http.client
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_node import Node  # noqa: E402

MB = 1 << 20
BODIES = 40
BODY = b'{"_meta":{"a":[' + b",".join([b"1"] * (5 * MB - 100)) + b"]}}"  # 10 MB are the most that is taken
LIMIT_MB = 1024
MOST_MB = 1.2 * LIMIT_MB
KEPT_MB = 100    # beside what it held before
PATIENCE = 60    # seconds


def resident_mb(node, key="VmRSS"):
    status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(key + ":")) / 1024


def put_mapping(node, statuses):
    connection = http.client.HTTPConnection(node.host, node.port, timeout=120)
    connection.request("PUT", "/a/_mapping", BODY, {"Content-Type": "application/json"})
    statuses.append(connection.getresponse().status)
    connection.close()


def wait_until_at_most(node, megabytes):
    until = time.monotonic() + PATIENCE
    while resident_mb(node) > megabytes and time.monotonic() < until:
        threading.Event().wait(0.2)
    return resident_mb(node)


def main():
    node = Node(sys.argv[1], **{"indices.breaker.total.limit": f"{LIMIT_MB}mb"}).start()
    connection = http.client.HTTPConnection(node.host, node.port, timeout=60)
    connection.request("PUT", "/a", "{}", {"Content-Type": "application/json"})
    connection.getresponse().read()
    before, statuses = resident_mb(node), []
    clients = [threading.Thread(target=put_mapping, args=(node, statuses)) for _ in range(BODIES)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    most, later = resident_mb(node, "VmHWM"), wait_until_at_most(node, before + KEPT_MB)
    figures = f"before {before:.0f} MB, at most {most:.0f} MB, later {later:.0f} MB"
    print(f"{len(statuses)} answers, {figures}", flush=True)
    if len(statuses) != BODIES or not set(statuses) <= {200, 429}:
        node.fail(f"answers: {sorted(statuses)}")
    if 200 not in statuses or most > MOST_MB or later > before + KEPT_MB:
        node.fail(f"too much: {figures}")
    node.stop()
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
