#!/usr/bin/env python3
"""memory_attacks.py BINARY [--limit 1gb] [--only NAME]: what hostile or careless requests cost a node of memory.

Each attack runs against a node of its own. One line of JSON an attack: resident megabytes before,
at most, and a minute after; what was answered; and how long lists and cancels took meanwhile."""
import argparse
import collections
import gzip
import http.client
import itertools
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test" / "support"))
from live_node import Node  # noqa: E402

MB = 1 << 20
JSON = {"Content-Type": "application/json"}


def resident_mb(pid, key="VmRSS"):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


class Attack:
    """A node, clients that do something to it, and somebody who watches."""

    def __init__(self, binary, limit):
        settings = {"logger.level": "warn"}
        if limit:
            settings["indices.breaker.total.limit"] = limit
        self.node = Node(binary, **settings).start()
        self.statuses = collections.Counter()
        self.lists, self.cancels = [], []
        self.done = threading.Event()

    def call(self, method, path, body=None, headers=JSON, timeout=120):
        connection = http.client.HTTPConnection(self.node.host, self.node.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError as broken:
            return type(broken).__name__, b""
        finally:
            connection.close()

    def each(self, count, *request, **more):
        """The same request from so many clients at once."""
        def run():
            status, _ = self.call(*request, **more)
            self.statuses[str(status)] += 1
        threads = [threading.Thread(target=run) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def slow_readers(self, count, seconds, *request):
        """Clients that ask and do not read the answer for a while."""
        connections = []
        for _ in range(count):
            connection = http.client.HTTPConnection(self.node.host, self.node.port, timeout=60)
            connection.request(*request)
            connections.append(connection)
        self.done.wait(seconds)
        for connection in connections:
            try:
                self.statuses[str(connection.getresponse().status)] += 1
            except OSError as broken:
                self.statuses[type(broken).__name__] += 1
            connection.close()

    def watch(self):
        for i in itertools.count():
            if self.done.wait(0.05):
                return
            path = "/_tasks" if i % 2 else "/_tasks/_cancel?actions=nothing*"
            begin = time.monotonic()
            status, _ = self.call("GET" if i % 2 else "POST", path, headers={}, timeout=60)
            millis = (time.monotonic() - begin) * 1000
            (self.lists if i % 2 else self.cancels).append(millis if status == 200 else 60_000.0)

    def run(self, attack, minute):
        prepare, work = attack
        if prepare:
            prepare(self)
        time.sleep(1)
        pid = self.node.process.pid
        before = resident_mb(pid)
        with open(f"/proc/{pid}/clear_refs", "w") as peak:
            peak.write("5")
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        begin = time.monotonic()
        work(self)
        seconds = time.monotonic() - begin
        self.done.set()
        watcher.join()
        most = resident_mb(pid, "VmHWM")
        at_once = resident_mb(pid)
        time.sleep(minute)
        alive = self.node.alive()
        result = {"answers": dict(self.statuses), "seconds": round(seconds, 1), "idle_mb": round(before),
                  "most_mb": round(most), "at_end_mb": round(at_once),
                  "later_mb": round(resident_mb(pid)) if alive else None, "alive": alive,
                  "list_p99_ms": percentile(self.lists, 99), "cancel_p99_ms": percentile(self.cancels, 99)}
        self.node.stop()
        return result


def percentile(values, percent):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1) if ordered else None


def repeated(begin, item, end, size=100 * MB - 4096):
    return (begin + ",".join([item] * ((size - len(begin)) // (len(item) + 1))) + end).encode()


def index_a(attack):
    attack.call("PUT", "/a", "{}")


def large_documents(attack):
    text = "x" * MB
    for i in range(4):
        attack.call("PUT", f"/a/_doc/{i}", json.dumps({"a": text}))


def many_indices(attack):
    body = json.dumps({"mappings": {"properties": {f"field_{i}": {"type": "keyword"} for i in range(800)}}})
    for i in range(40):
        attack.call("PUT", f"/i{i}", body)


def multi_get(attack):
    attack.each(2, "POST", "/a/_mget", repeated('{"ids":[', "1", "]}"))


def aliases(attack):
    action = '{"add":{"index":"a","alias":"b"}}'
    attack.each(2, "POST", "/_aliases", repeated('{"actions":[', action, "]}"))


def mapping(attack):
    attack.each(1, "PUT", "/a/_mapping", repeated('{"_meta":{"a":[', "1", "]}}"))


def metadata(attack):
    for path, begin, end in [("/a/_settings", '{"a":[', "]}"), ("/b", '{"mappings":{"_meta":{"a":[', "]}}}"),
                             ("/_index_template/t", '{"index_patterns":[', "]}"),
                             ("/_cluster/settings", '{"transient":{"a":[', "]}}")]:
        attack.each(2, "PUT", path, repeated(begin, "1", end))


def many_mappings(attack):
    """As large as they may be, many at once."""
    attack.each(40, "PUT", "/a/_mapping", repeated('{"_meta":{"a":[', "1", "]}}", 10 * MB - 4096))


def tiny_actions(attack):
    packed = gzip.compress(b'{"index":{"_index":"a"}}\n{}\n' * 3_700_000, 9)
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    attack.each(20, "POST", "/_bulk", packed, headers=headers)


def large_answers(attack):
    ids = json.dumps({"ids": [str(i % 4) for i in range(90)]})
    attack.slow_readers(40, 20, "POST", "/a/_mget", ids, JSON)


def told_updates(attack):
    """Each answers with a megabyte of what it has written."""
    lines = "".join(f'{{"update":{{"_id":"{i % 4}","_source":true}}}}\n{{"doc":{{"n":{i}}}}}\n' for i in range(150))
    attack.each(12, "POST", "/a/_bulk", lines)


def states(attack):
    attack.slow_readers(400, 20, "GET", "/_cluster/state", None, {})


ATTACKS = {
    "multi_get": (index_a, multi_get), "aliases": (index_a, aliases), "mapping": (index_a, mapping),
    "metadata": (index_a, metadata), "many_mappings": (index_a, many_mappings),
    "tiny_actions": (index_a, tiny_actions), "large_answers": (large_documents, large_answers),
    "told_updates": (large_documents, told_updates), "states": (many_indices, states),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--limit", default="1gb", help="indices.breaker.total.limit; empty: the node's default")
    parser.add_argument("--only", choices=ATTACKS, action="append")
    parser.add_argument("--later", type=float, default=60, help="seconds until the last look")
    options = parser.parse_args()
    for name in options.only or ATTACKS:
        result = Attack(options.binary, options.limit).run(ATTACKS[name], options.later)
        print(json.dumps({"attack": name, **result}), flush=True)


if __name__ == "__main__":
    main()
