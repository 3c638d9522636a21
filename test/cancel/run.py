#!/usr/bin/env python3
"""run.py QUELL: `POST _tasks/_cancel` without a filter during ingest, flush and refresh. It stops what
clients run, each of which is told exactly what was done; it stops nothing of the node's own."""
import collections
import http.client
import json
import pathlib
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_node import Node  # noqa: E402

CANCELS = 40
BULK = 1500
WRITERS = 3
ANSWER_SECONDS = 5.0   # for a list, and a cancel that does not wait, however slow the disk is
WAIT_SECONDS = 35.0    # for a cancel that waits


class Wrong(Exception):
    pass


def check(right, what):
    if not right:
        raise Wrong(what)


def call(connection, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


class Clients:
    """Writers, and one that flushes and refreshes; each keeps what it was told."""

    def __init__(self, port):
        self.port = port
        self.over = threading.Event()
        self.done, self.undone = set(), set()
        self.told = collections.Counter()
        self.errors = []
        self.lock = threading.Lock()
        self.threads = [self.thread(self.write, n) for n in range(WRITERS)] + [self.thread(self.flush)]

    def thread(self, target, *arguments):
        def run():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                target(connection, *arguments)
            except Exception as error:  # told by the main thread
                self.errors.append(error)
            finally:
                connection.close()
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def write(self, connection, writer):
        filler = "x" * 200
        number = 0
        while not self.over.is_set():
            names = [f"{writer}-{number}-{i}" for i in range(BULK)]
            body = "".join('{"index":{"_id":"%s"}}\n{"n":%d,"filler":"%s"}\n' % (name, number, filler)
                           for name in names)
            status, answer = call(connection, "POST", "/ingest/_bulk", body)
            check(status == 200, f"a bulk answered {status} {str(answer)[:300]}")
            check(len(answer["items"]) == len(names), "an item is missing")
            done, undone = set(), set()
            for name, item in zip(names, answer["items"]):
                result = item["index"]
                if result["status"] == 201:
                    done.add(name)
                else:
                    check(result["error"]["type"] == "task_cancelled_exception", f"item {result}")
                    undone.add(name)
            check(answer["errors"] == bool(undone), "errors does not say what the items say")
            with self.lock:
                self.done |= done
                self.undone |= undone
                self.told["bulks, some of them not executed" if undone else "bulks, whole"] += 1
            number += 1

    def flush(self, connection):
        while not self.over.is_set():
            for what in ("_flush", "_refresh"):
                status, answer = call(connection, "POST", f"/ingest/{what}")
                if status == 200:
                    check(answer["_shards"]["failed"] == 0, f"{what} answered {answer}")
                else:
                    check(status == 500 and answer["error"]["type"] == "task_cancelled_exception",
                          f"{what} answered {status} {answer}")
                with self.lock:
                    self.told[f"{what}, {'done' if status == 200 else 'cancelled'}"] += 1

    def join(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise Wrong(f"a client met {self.errors[0]!r}")


def await_client_work(connection, clients):
    """Until something is there to cancel."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not clients.errors:
        _, listed = call(connection, "GET", "/_tasks?actions=indices:*&background=false&group_by=none")
        if listed["tasks"]:
            return
    raise Wrong(f"no client work in 30 s: {clients.errors}")


def cancel_all(connection, cancelled, wait):
    """One bare cancel; how long it took."""
    begin = time.monotonic()
    status, answer = call(connection, "POST", "/_tasks/_cancel?extended=true&group_by=none"
                          f"&wait_for_completion={'true' if wait else 'false'}")
    seconds = time.monotonic() - begin
    check(status == 200 and answer["node_failures"] == [], f"cancel answered {status} {answer}")
    for task in answer["tasks"]:
        check(task["class"] == "client", f"it stopped work of the node's own: {task}")
        check(task["cancelled"], f"listed and not cancelled: {task}")
        cancelled[task["action"]] += 1
    ids = {task["id"] for task in answer["tasks"]}
    _, listed = call(connection, "GET", "/_tasks?group_by=none")
    check(time.monotonic() - begin - seconds < ANSWER_SECONDS, "a list took too long")
    left = [task for task in listed["tasks"] if task["id"] in ids]
    check(all(task["cancelled"] for task in left), f"cancelled, and it does not say so: {left}")
    check(not wait or not left, f"waited for, and still there: {left}")
    return seconds


def verify(connection, clients):
    """Done is there, not executed is not, and the node works on."""
    check(call(connection, "POST", "/ingest/_refresh")[0] == 200, "refresh fails afterwards")
    check(call(connection, "POST", "/ingest/_flush")[0] == 200, "flush fails afterwards")
    _, answer = call(connection, "GET", "/ingest/_count")
    check(answer["count"] == len(clients.done),
          f"{answer['count']} documents are there, {len(clients.done)} were acknowledged")
    undone = sorted(clients.undone)[:10000]
    for first in range(0, len(undone), 1000):
        _, answer = call(connection, "POST", "/ingest/_mget?_source=false",
                         json.dumps({"ids": undone[first:first + 1000]}))
        found = [document["_id"] for document in answer["docs"] if document.get("found")]
        check(not found, f"answered `not executed` and there: {found[:5]}")
    status, _ = call(connection, "PUT", "/ingest/_doc/last?refresh=wait_for", "{}")
    check(status == 201, "the node's own refresh does not come any more")
    _, history = call(connection, "GET", "/_tasks/_history?background=true&cancelled=true")
    check(history["tasks"] == [], f"work of the node's own was cancelled: {history['tasks']}")


def run(node):
    connection = http.client.HTTPConnection("127.0.0.1", node.start().port, timeout=60)
    settings = {"number_of_shards": 2, "number_of_replicas": 0, "refresh_interval": "20ms"}
    call(connection, "PUT", "/ingest", json.dumps({"settings": settings}))
    clients, cancelled = Clients(node.port), collections.Counter()
    took = {True: [], False: []}  # by whether the cancel waited
    try:
        for number in range(CANCELS):
            await_client_work(connection, clients)
            wait = number % 2 == 0
            took[wait].append(cancel_all(connection, cancelled, wait))
    except Wrong:
        clients.over.set()
        raise
    clients.join()
    verify(connection, clients)
    print("cancelled:", ", ".join(f"{count} {action}" for action, count in cancelled.most_common()))
    print("told:", ", ".join(f"{count} {what}" for what, count in sorted(clients.told.items())))
    print(f"{len(clients.done)} documents done, {len(clients.undone)} not executed")
    for wait, bound in ((True, WAIT_SECONDS), (False, ANSWER_SECONDS)):
        print(f"cancels that {'waited' if wait else 'did not wait'} took "
              f"{1000 * statistics.median(took[wait]):.0f} ms (median), "
              f"{1000 * max(took[wait]):.0f} ms (longest)")
        check(max(took[wait]) < bound, f"a cancel took {max(took[wait]):.1f} s")
    check(clients.undone, "no bulk was cancelled in the middle")


def main():
    node = Node(sys.argv[1], **{"store.write_buffer": "2mb"})
    try:
        run(node)
    except (Wrong, http.client.HTTPException, OSError, KeyError) as error:
        print(f"FAILED {error!r}; the end of the node's log:\n{node.tail()}")
        print("0 passed, 1 failed")
        return 1
    finally:
        node.stop()
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
