#!/usr/bin/env python3
"""run.py QUELL [ROUNDS]: kills a node under load, again and again. After each restart every acknowledged
write is there and equal, nothing is that was answered `not executed`, and what was under way is either
there as a whole or not at all."""
import http.client
import json
import os
import pathlib
import random
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_node import Node  # noqa: E402

ROUNDS = 20
BUDGET_SECONDS = 75    # then fewer rounds, at least FEWEST
FEWEST = 5
READY_SECONDS = 2.0   # from the start of the process to the first answer, on a disk that keeps up
RECOVERY_SYNCS = 20   # how often recovery waits for the disk, about
BULK = 120            # operations a bulk
SEED = 20250101


class Wrong(Exception):
    pass


def call(connection, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


class Known:
    """What one writer knows of its documents. Its ids are its own, so it alone decides."""

    def __init__(self):
        self.now = {}        # id -> text of the source, or None: not there
        self.under_way = []  # [(id, what it may be now as well)] in order of the request, unanswered

    def begin(self, operations):
        self.under_way = operations

    def end(self, settled):
        self.now.update(settled)
        self.under_way = []


def source(rng, name, serial):
    """A document that shows when it is not whole."""
    filler = rng.randbytes(rng.randint(10, 400)).hex()
    return json.dumps({"id": name, "serial": serial, "filler": filler, "length": len(filler)})


class Writer(threading.Thread):
    """Writes until the node is gone."""

    def __init__(self, load, index, number):
        super().__init__()
        self.load, self.index, self.name = load, index, f"{index}-{number}"
        self.known = load.known.setdefault((index, number), Known())
        self.rng = random.Random(f"{SEED} {self.name} {load.round}")
        self.serial = 0
        self.written = []  # of its last bulk
        self.cancelled = 0
        self.error = None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.load.port, timeout=60)
        try:
            while True:
                self.once(connection)
        except (http.client.HTTPException, OSError):
            pass  # the node was killed; what was asked last is under way
        except Exception as error:  # whatever else: told by the main thread
            self.error = error
            self.load.end()
        finally:
            connection.close()

    def fresh(self):
        self.serial += 1
        return f"{self.name}-{self.load.round}-{self.serial}"


class BulkWriter(Writer):
    """Bulks of new documents, some of old ones again. An index of one shard: what is done of a bulk
    is a prefix."""

    def once(self, connection):
        operations, lines = [], []
        old = self.rng.sample(self.written, min(len(self.written), 10)) 
        for name in [self.fresh() for _ in range(BULK)] + old:
            text = source(self.rng, name, self.serial)
            operations.append((name, text))
            lines.append('{"index":{"_id":"%s"}}\n%s\n' % (name, text))
        self.known.begin(operations)
        status, answer = call(connection, "POST", f"/{self.index}/_bulk", "".join(lines))
        if status != 200 or len(answer["items"]) != len(operations):
            raise Wrong(f"bulk answered {status} {str(answer)[:500]}")
        settled = {}
        for (name, text), item in zip(operations, answer["items"]):
            result = item["index"]
            if result["_id"] != name:
                raise Wrong(f"an item of {name} is {result}")
            if result["status"] in (200, 201):
                settled[name] = text
            elif result["error"]["type"] == "task_cancelled_exception":
                self.cancelled += 1
                settled[name] = self.known.now.get(name)
            else:
                raise Wrong(f"an item answered {result}")
        self.written = [name for name, text in settled.items() if text is not None] or self.written
        self.known.end(settled)
        self.load.count(len(operations))


class SingleWriter(Writer):
    """Index, update and delete of single documents."""

    def once(self, connection):
        name = f"{self.name}-{self.rng.randrange(400)}"
        before = self.known.now.get(name)
        self.serial += 1
        kind = self.rng.choice(["index", "index", "update", "delete"]) if before else "index"
        if kind == "delete":
            method, path, body, after = "DELETE", f"_doc/{name}", None, None
        elif kind == "update":
            serial = self.load.round * 1_000_000 + self.serial
            method, path, body = "POST", f"_update/{name}", json.dumps({"doc": {"serial": serial}})
            after = json.dumps({**json.loads(before), "serial": serial})
        else:
            method, path = "PUT", f"_doc/{name}"
            body = after = source(self.rng, name, self.serial)
        self.known.begin([(name, after)])
        status, answer = call(connection, method, f"/{self.index}/{path}", body)
        if status in (200, 201):
            self.known.end({name: after})
        elif status == 500 and answer["error"]["type"] == "task_cancelled_exception":
            self.cancelled += 1
            self.known.end({name: before})
        else:
            raise Wrong(f"{method} {path} answered {status} {answer}")
        self.load.count(1)


class Load:
    """All writers of one round, and somebody who cancels bulks now and then."""

    def __init__(self, port, known, round_number):
        self.port, self.known, self.round = port, known, round_number
        self.acknowledged = 0
        self.over = False
        self.changed = threading.Condition()
        self.writers = [BulkWriter(self, "one", n) for n in range(2)]
        self.writers += [SingleWriter(self, "two", n) for n in range(3)]
        self.canceller = threading.Thread(target=self.cancel)

    def count(self, operations):
        with self.changed:
            self.acknowledged += operations
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def await_count(self, target):
        with self.changed:
            if not self.changed.wait_for(lambda: self.over or self.acknowledged >= target, 60):
                raise Wrong(f"only {self.acknowledged} operations in 60 s")

    def cancel(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        rng = random.Random(f"{SEED} cancel {self.round}")
        try:
            while not self.over:
                self.await_count(self.acknowledged + rng.randint(100, 1500))
                call(connection, "POST", "/_tasks/_cancel?actions=indices:data/write/*")
        except (http.client.HTTPException, OSError, Wrong):
            pass
        finally:
            connection.close()

    def run_until(self, target):
        for thread in self.writers + [self.canceller]:
            thread.start()
        self.await_count(target)

    def join(self):
        self.end()
        for thread in self.writers + [self.canceller]:
            thread.join()
        for writer in self.writers:
            if writer.error is not None:
                raise Wrong(f"{writer.name}: {writer.error}")


def fetch(connection, index, names):
    """What is stored under each name: the text of its source, or None."""
    found = {}
    for first in range(0, len(names), 500):
        some = names[first:first + 500]
        status, answer = call(connection, "POST", f"/{index}/_mget", json.dumps({"ids": some}))
        if status != 200:
            raise Wrong(f"mget answered {status} {answer}")
        for document in answer["docs"]:
            found[document["_id"]] = (document["_source"] if document.get("found") else None)
    return found


def settle(connection, index, known, names):
    """Compares; from then on what was under way is known, too."""
    under_way = dict(known.under_way)
    found = fetch(connection, index, names)
    for name in names:
        stored = found[name]
        allowed = [known.now.get(name)] + ([under_way[name]] if name in under_way else [])
        parsed = [None if text is None else json.loads(text) for text in allowed]
        if stored not in parsed:
            raise Wrong(f"{index}/{name} is {str(stored)[:300]}, may be {str(allowed)[:600]}")
    if index == "one":
        done = [found[name] == json.loads(text) for name, text in known.under_way]
        if done != sorted(done, reverse=True):
            raise Wrong(f"of an unanswered bulk more than a prefix is there: {done}")
    for name in under_way:
        known.now[name] = None if found[name] is None else json.dumps(found[name])
    known.under_way = []


def verify(connection, known, only=None):
    checked = 0
    for (index, _), writer in known.items():
        names = [name for name in {**writer.now, **dict(writer.under_way)}
                 if only is None or only in name or index == "two"]
        settle(connection, index, writer, names)
        checked += len(names)
    return checked


def sync_seconds(folder):
    """What the disk takes for one small synced write just now."""
    took = []
    for _ in range(3):
        begin = time.monotonic()
        with open(os.path.join(folder, "probe"), "wb") as probe:
            probe.write(b"x" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
        took.append(time.monotonic() - begin)
    return max(took)


def start_again(node, last_id):
    """Seconds from the start of the process to the first 200, and a connection."""
    begin = time.monotonic()
    node.start()
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    status, _ = call(connection, "GET", "/one/_doc/first")
    seconds = time.monotonic() - begin
    if status != 200:
        raise Wrong(f"the first answer after a restart is {status}")
    status, answer = call(connection, "GET", "/_tasks?group_by=none")
    task = max(task["id"] for task in answer["tasks"])
    if task <= last_id:
        raise Wrong(f"task {task} after a restart, {last_id} before: numbers repeat")
    return seconds, connection, task


def run(node, rounds):
    rng = random.Random(SEED)
    known, ready, late, total, cancelled = {}, [], [], 0, 0
    begin = time.monotonic()
    node.start()
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    for index, shards in (("one", 1), ("two", 2)):
        settings = {"number_of_shards": shards, "number_of_replicas": 0}
        call(connection, "PUT", f"/{index}", json.dumps({"settings": settings}))
    call(connection, "PUT", "/one/_doc/first", "{}")
    last_id = 0
    for number in range(rounds):
        if number >= FEWEST and time.monotonic() - begin > BUDGET_SECONDS:
            print(f"{number} of {rounds} rounds in the time there is")
            break
        load = Load(node.port, known, number)
        load.run_until(rng.randint(200, 3000))
        total += load.acknowledged
        node.kill()
        load.join()
        cancelled += sum(writer.cancelled for writer in load.writers)
        sync = sync_seconds(node.folder)
        seconds, connection, last_id = start_again(node, last_id)
        sync = max(sync, sync_seconds(node.folder))
        ready.append(seconds)
        late.append(seconds - RECOVERY_SYNCS * sync)
        checked = verify(connection, known, f"-{number}-")
        print(f"round {number + 1}: {load.acknowledged} operations answered, {checked} "
              f"documents right, ready again after {seconds:.2f} s (a sync takes {1000 * sync:.1f} ms)",
              flush=True)
    verify(connection, known)
    check_count(connection, known)
    print(f"{total} operations answered, {cancelled} of them `not executed`; ready again after "
          f"{statistics.median(ready):.2f} s (median), {max(ready):.2f} s (longest)")
    if statistics.median(late) > READY_SECONDS:
        raise Wrong(f"ready again only after {statistics.median(ready):.2f} s (median)")
    return len(ready)


def check_count(connection, known):
    """No document is there that nobody wrote."""
    call(connection, "POST", "/_refresh")
    for index, more in (("one", 1), ("two", 0)):
        live = sum(text is not None for (of, _), writer in known.items() if of == index
                   for text in writer.now.values())
        _, answer = call(connection, "GET", f"/{index}/_count")
        if answer["count"] != live + more:
            raise Wrong(f"{index} has {answer['count']} documents, {live + more} were written")


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    node = Node(sys.argv[1])
    try:
        rounds = run(node, rounds)
    except (Wrong, http.client.HTTPException, OSError) as error:
        print(f"FAILED {error!r}; the end of the node's log:\n{node.tail()}")
        print("0 passed, 1 failed")
        return 1
    finally:
        node.stop()
    print(f"{rounds} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
