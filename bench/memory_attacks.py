#!/usr/bin/env python3
"""memory_attacks.py BINARY [--limit 1gb] [--only NAME]: what hostile or careless requests cost a node of memory.

Each attack runs against a node of its own. One line of JSON an attack: resident megabytes before, at most, and a
minute after; what the clients were answered; and how long a list and a cancel took meanwhile. The next attack begins
while the node of the last one rests."""
import argparse
import collections
import gzip
import http.client
import json
import multiprocessing
import pathlib
import select
import signal
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


class Watcher:
    """Lists and cancels on a node until it is stopped; a process of its own, so that the load on the clients' Python
    does not count. What is cancelled is an upload that it has begun itself."""

    def __init__(self, host, port):
        self.result, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.watch, args=(host, port, there), daemon=True)
        self.process.start()

    def stop(self):
        self.process.terminate()
        result = self.result.recv()
        self.process.join()
        return result

    @staticmethod
    def watch(host, port, pipe):
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        lists, cancels, refused = [], [], 0
        while not stopped.wait(0.05):
            began = time.monotonic()
            status, _ = call(host, port, "GET", "/_tasks", headers={}, timeout=60)
            lists.append(1000 * (time.monotonic() - began) if status == 200 else 60_000.0)
            took = cancel_an_upload(host, port)
            if took is None:
                refused += 1
            else:
                cancels.append(took)
        pipe.send({"lists": len(lists), "list_p99_ms": percentile(lists, 99), "list_max_ms": percentile(lists, 100),
                   "cancels": len(cancels), "cancel_p99_ms": percentile(cancels, 99),
                   "cancel_max_ms": percentile(cancels, 100), "uploads_refused": refused})


def cancel_an_upload(host, port):
    """Milliseconds from a cancel until both it and the upload that it stopped were answered; None if there was no room
    for the upload."""
    upload = http.client.HTTPConnection(host, port, timeout=60)
    try:
        upload.putrequest("POST", "/_bulk")
        for name, value in {**JSON, "Content-Length": "64", "X-Opaque-Id": "watcher"}.items():
            upload.putheader(name, value)
        begin = b'{"index":{"_index":"a"}}'
        upload.endheaders(begin)
        for _ in range(100):
            _, text = call(host, port, "GET", "/_tasks?actions=indices:data/write/bulk", headers={}, timeout=60)
            mine = [task for node in json.loads(text).get("nodes", {}).values()
                    for task, about in node["tasks"].items() if about["headers"].get("X-Opaque-Id") == "watcher"]
            if mine or select.select([upload.sock], [], [], 0.01)[0]:
                break
        if not mine:
            return None
        began = time.monotonic()
        status, _ = call(host, port, "POST", f"/_tasks/{mine[0]}/_cancel", headers={}, timeout=60)
        upload.send(bytes(64 - len(begin)))  # its client is answered after the last byte
        upload.getresponse().read()
        return 1000 * (time.monotonic() - began) if status == 200 else 60_000.0
    except (OSError, http.client.HTTPException, ValueError):
        return 60_000.0
    finally:
        upload.close()


def call(host, port, method, path, body=None, headers=JSON, timeout=120):
    """Status and text. A node may answer before it has read the body, and close."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        try:
            connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            connection._HTTPConnection__state = "Request-sent"
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as broken:
        return type(broken).__name__, b""
    finally:
        connection.close()


class Attack:
    """A node and the clients that do something to it."""

    def __init__(self, binary, limit):
        settings = {}
        if limit:
            settings["indices.breaker.total.limit"] = limit
        self.node = Node(binary, **settings).start()
        self.statuses = collections.Counter()

    def call(self, *request, **more):
        return call(self.node.host, self.node.port, *request, **more)

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
        time.sleep(seconds)
        for connection in connections:
            try:
                self.statuses[str(connection.getresponse().status)] += 1
            except (OSError, http.client.HTTPException) as broken:
                self.statuses[type(broken).__name__] += 1
            connection.close()

    def run(self, attack, minute):
        """Returns what completes the result after a minute of rest."""
        prepare, work = attack
        if prepare:
            prepare(self)
        time.sleep(1)
        pid = self.node.process.pid
        before = resident_mb(pid)
        with open(f"/proc/{pid}/clear_refs", "w") as peak:
            peak.write("5")
        watcher = Watcher(self.node.host, self.node.port)
        began = time.monotonic()
        work(self)
        seconds = time.monotonic() - began
        watched = watcher.stop()
        result = {"answers": dict(self.statuses), "seconds": round(seconds, 1), "idle_mb": round(before),
                  "most_mb": round(resident_mb(pid, "VmHWM")), "at_end_mb": round(resident_mb(pid)), **watched}

        def rest():
            time.sleep(minute)
            alive = self.node.alive()
            later = round(resident_mb(pid)) if alive else None
            self.node.stop()
            return {**result, "later_mb": later, "alive": alive}
        return rest


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


def many_values(attack):
    for i in range(4):
        attack.call("PUT", f"/a/_doc/{i}", repeated('{"b":1,"a":[', "1", "]}", 9 * MB))


def large_templates(attack):
    meta = repeated('"mappings":{"_meta":{"a":[', "1", "]}}", 9 * MB)
    attack.call("PUT", "/_template/l", b'{"index_patterns":["l*"],' + meta + b"}")
    attack.call("PUT", "/_index_template/c", b'{"index_patterns":["c*"],"template":{' + meta + b"}}")


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
    attack.each(20, "POST", "/_bulk", packed, headers=headers, timeout=900)


def large_answers(attack):
    ids = json.dumps({"ids": [str(i % 4) for i in range(90)]})
    attack.slow_readers(40, 20, "POST", "/a/_mget", ids, JSON)


def told_updates(attack):
    """Each answers with a megabyte of what it has written."""
    lines = "".join(f'{{"update":{{"_id":"{i % 4}","_source":true}}}}\n{{"doc":{{"n":{i}}}}}\n' for i in range(150))
    attack.each(12, "POST", "/a/_bulk", lines)


def filtered_reads(attack):
    """Of documents that are many times as large as trees."""
    attack.each(40, "GET", "/a/_doc/1?_source_includes=b", headers={})
    attack.each(40, "POST", "/a/_mget?_source_includes=b", json.dumps({"ids": ["0", "1", "2", "3"]}))
    attack.each(40, "POST", "/a/_update/2?_source_includes=b", '{"doc":{"b":2}}')


def shown_templates(attack):
    for path in ["/_template", "/_index_template", "/_cat/templates", "/_cluster/state"]:
        attack.each(40, "GET", path, headers={})
    attack.each(40, "POST", "/_index_template/_simulate_index/cx", headers={})


def states(attack):
    attack.slow_readers(400, 20, "GET", "/_cluster/state", None, {})


ATTACKS = {
    "multi_get": (index_a, multi_get), "aliases": (index_a, aliases), "mapping": (index_a, mapping),
    "metadata": (index_a, metadata), "many_mappings": (index_a, many_mappings),
    "tiny_actions": (index_a, tiny_actions), "large_answers": (large_documents, large_answers),
    "told_updates": (large_documents, told_updates), "filtered_reads": (many_values, filtered_reads),
    "shown_templates": (large_templates, shown_templates), "states": (many_indices, states),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--limit", default="1gb", help="indices.breaker.total.limit; empty: the node's default")
    parser.add_argument("--only", choices=ATTACKS, action="append")
    parser.add_argument("--later", type=float, default=60, help="seconds until the last look")
    options = parser.parse_args()

    def report(name, rest):
        print(json.dumps({"attack": name, "limit": options.limit or "default", **rest()}), flush=True)
    for name in options.only or ATTACKS:
        rest = Attack(options.binary, options.limit).run(ATTACKS[name], options.later)
        threading.Thread(target=report, args=(name, rest)).start()


if __name__ == "__main__":
    main()
