#!/usr/bin/env python3
"""demo.py QUELL: starts a node, loads Debian's package catalogue, a million documents in large bulks
beside a stream of updates, cancels all of it with one request, and proves what was kept."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

DATA = ".demo"
INDEX = "packages"
BULKS = 8
DOCUMENTS = 1_000_000
FIELDS = ("Package", "Version", "Section", "Maintainer", "Installed-Size", "Homepage", "Depends",
          "Description")


class Node:
    """A node on a free port, its data fresh under ./.demo."""

    def __init__(self, binary):
        shutil.rmtree(DATA, ignore_errors=True)
        os.makedirs(DATA)
        self.log = open(f"{DATA}/node.log", "w+")
        self.process = subprocess.Popen(
            [binary, "serve", "-E", f"path.data={DATA}/data", "-E", "http.port=0",
             "-E", "node.name=opensearch-node1"], stderr=self.log)
        self.port = self._await_port()

    def _await_port(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with open(self.log.name) as lines:
                for line in lines:
                    if '"started"' in line and line.endswith("\n"):
                        return int(json.loads(line)["http"].rsplit(":", 1)[1])
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        sys.exit(f"the node did not start; its log is {self.log.name}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)


def call(connection, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


def catalogue():
    """Debian's package records, each as a JSON document without its last brace."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True).stdout
    records = []
    for block in text.decode("utf-8", "replace").split("\n\n"):
        record = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(": ")
            if colon and name in FIELDS:
                record[name.lower().replace("-", "_")] = value
        if record:
            if "installed_size" in record:
                record["installed_size"] = int(record["installed_size"])
            records.append(json.dumps(record, ensure_ascii=False))
    return records


def bulk_body(records, number):
    """Documents number * N … as one bulk body; ids are p<n>."""
    count = DOCUMENTS // BULKS
    first = number * count
    lines = []
    for n in range(first, first + count):
        lines.append('{"index":{"_id":"p%d"}}\n%s\n' % (n, records[n % len(records)]))
    return "".join(lines).encode()


class Work:
    """The bulks and updates under way, and what each was answered."""

    def __init__(self, node):
        self.node = node
        self.answers = {}   # bulk number -> (items done, items not done, seconds)
        self.acknowledged = set()
        self.updates = {"acknowledged": 0, "cancelled": 0, "last": 0}
        self.update_sent = 0
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.threads = []

    def bulk(self, number, body):
        begin = time.monotonic()
        status, answer = call(self.node.connect(), "POST", f"/{INDEX}/_bulk", body)
        assert status == 200, (status, answer)
        done, undone = set(), 0
        for item in answer["items"]:
            result = item["index"]
            if result["status"] in (200, 201):
                done.add(result["_id"])
            else:
                assert result["error"]["type"] == "task_cancelled_exception", result
                undone += 1
        with self.lock:
            self.acknowledged |= done
            self.answers[number] = (len(done), undone, time.monotonic() - begin)

    def update(self):
        """One counter, updated as fast as answers come, by several clients at a time."""
        connection = self.node.connect()
        while not self.stop.is_set():
            with self.lock:
                self.update_sent += 1
                number = self.update_sent
            body = json.dumps({"doc": {"count": number}, "doc_as_upsert": True})
            status, answer = call(connection, "POST",
                                  f"/{INDEX}/_update/counter?retry_on_conflict=1000", body)
            with self.lock:
                if status in (200, 201):
                    self.updates["acknowledged"] += 1
                    self.acknowledged.add("counter")
                else:
                    kind = answer["error"]["type"]
                    assert kind == "task_cancelled_exception", answer
                    self.updates["cancelled"] += 1
                    self.stop.set()  # told to stop, it stops

    def start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        thread.start()
        self.threads.append(thread)

    def join(self):
        for thread in self.threads:
            thread.join()


def bar(share, width=30):
    filled = int(share * width)
    return "█" * filled + "░" * (width - filled)


def progress(connection):
    """Fraction done of each running bulk, by task id."""
    _, listed = call(connection, "GET",
                     "/_tasks?actions=indices:data/write/bulk&extended=true&group_by=none")
    shares = {}
    for task in listed["tasks"]:
        state = task.get("progress", {})
        total = state.get("total", -1)
        receiving = state.get("unit") == "bytes"
        shares[task["id"]] = (0 if receiving or total <= 0 else state["done"] / total,
                              "receiving" if receiving else task.get("phase", ""))
    return shares


def watch(connection, work, until):
    """Progress bars, until the bulks are half done on the whole."""
    tty = sys.stdout.isatty()
    drawn = 0
    while True:
        shares = progress(connection)
        finished = len(work.answers)
        whole = (sum(share for share, _ in shares.values()) + finished) / BULKS
        if tty:
            if drawn:
                print(f"\x1b[{drawn}A", end="")
            for task, (share, phase) in sorted(shares.items()):
                print(f"\x1b[K  bulk {task:>10}  {bar(share)} {share:4.0%}  {phase}")
            print(f"\x1b[K  updates of one document: {work.updates['acknowledged']}")
            drawn = len(shares) + 1
        if whole >= until or finished == BULKS:
            if not tty:
                for task, (share, phase) in sorted(shares.items()):
                    print(f"  bulk {task:>10}  {bar(share)} {share:4.0%}  {phase}")
                print(f"  updates of one document: {work.updates['acknowledged']}")
            return
        work.stop.wait(0.05)


def tasks_gone(connection):
    _, listed = call(connection, "GET", "/_tasks?actions=indices:data/write/*&group_by=none")
    return not listed["tasks"]


def prove(connection, work):
    """Every acknowledged document is there, and no other."""
    call(connection, "POST", f"/{INDEX}/_refresh")
    _, counted = call(connection, "GET", f"/{INDEX}/_count")
    ids = sorted(work.acknowledged)
    found = 0
    for first in range(0, len(ids), 10_000):
        _, answer = call(connection, "POST", f"/{INDEX}/_mget?_source=false",
                         json.dumps({"ids": ids[first:first + 10_000]}))
        found += sum(1 for document in answer["docs"] if document.get("found"))
    print(f"  acknowledged {len(ids):,}  found {found:,}  documents in the index "
          f"{counted['count']:,}")
    return found == len(ids) == counted["count"]


def show(cancelled):
    """The answer as it came, but for all tasks after the first of each action."""
    tasks = next(iter(cancelled["nodes"].values()))["tasks"]
    shown, actions = {}, set()
    for task_id, task in tasks.items():
        if task["action"] not in actions:
            shown[task_id] = task
            actions.add(task["action"])
    left_out = len(tasks) - len(shown)
    next(iter(cancelled["nodes"].values()))["tasks"] = shown
    print(json.dumps(cancelled, indent=2))
    next(iter(cancelled["nodes"].values()))["tasks"] = tasks
    print(f"  … and {left_out} more tasks")


def say(text):
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def run(binary, node):
    connection = node.connect()
    say("Debian's package catalogue")
    records = catalogue()
    bodies = [bulk_body(records, number) for number in range(BULKS)]
    print(f"  {len(records):,} records, repeated with new ids to {DOCUMENTS:,} documents, "
          f"{sum(map(len, bodies)) / 1e6:,.0f} MB in {BULKS} bulks")
    call(connection, "PUT", f"/{INDEX}", json.dumps(
        {"settings": {"number_of_shards": 2, "number_of_replicas": 0}}))

    say("Eight bulks and a stream of updates")
    work = Work(node)
    for number, body in enumerate(bodies):
        work.start(work.bulk, number, body)
    for _ in range(3):
        work.start(work.update)
    watch(connection, work, 0.4)

    say("What runs: quell tasks -d --actions 'indices:data/write/*'")
    url = f"http://127.0.0.1:{node.port}"
    subprocess.run([binary, "tasks", "-u", url, "-d", "--actions", "indices:data/write/*"],
                   check=True)

    say("POST _tasks/_cancel?nodes=opensearch-node1")
    begin = time.monotonic()
    _, cancelled = call(connection, "POST", "/_tasks/_cancel?nodes=opensearch-node1")
    answered = time.monotonic() - begin
    while not tasks_gone(connection):
        pass
    gone = time.monotonic() - begin
    work.stop.set()
    work.join()
    show(cancelled)

    say("What each had done")
    for number, (done, undone, _) in sorted(work.answers.items()):
        print(f"  bulk {number}: {done:>7,} documents done, {undone:>7,} not executed")
    print(f"  updates: {work.updates['acknowledged']:,} acknowledged, "
          f"{work.updates['cancelled']} cancelled")
    tasks = next(iter(cancelled["nodes"].values()))["tasks"]
    print(f"  {len(tasks)} tasks cancelled; answered after {answered * 1000:.1f} ms, "
          f"all of them gone after {gone * 1000:.1f} ms")
    _, stats = call(connection, "GET", "/_nodes/stats/commits")
    commits = next(iter(stats["nodes"].values()))["commits"]
    print(f"  (one commit unit, which a stop lets finish, took up to "
          f"{commits['p50_in_nanos'] / 1e6:.1f} ms in half of {commits['count']:,} commits, "
          f"{commits['max_in_nanos'] / 1e6:.1f} ms at most)")

    say("The proof")
    if not prove(connection, work):
        sys.exit("  the index is not what was acknowledged")
    print("  every acknowledged document is there, and no other")


def main():
    node = Node(sys.argv[1])
    try:
        run(sys.argv[1], node)
    finally:
        node.stop()
    say("Go on by hand")
    print("  make serve                         a node on http://127.0.0.1:9200\n"
          "  build/release/quell tasks          what runs\n"
          "  build/release/quell cancel --help  stop it\n"
          f"  {DATA}/node.log                    the log of this node")


if __name__ == "__main__":
    main()
