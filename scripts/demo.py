#!/usr/bin/env python3
"""demo.py QUELL: starts two nodes, loads Debian's package catalogue, a million documents in large bulks
on the first beside a stream of updates on the second, cancels all of it with one request, and proves
what was kept. Then one node freezes, and a cancel says so."""
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo_cluster import Cluster  # noqa: E402

DATA = ".demo"
INDEX = "test_index"
COUNTERS = "another_index"
CANCEL = "/_tasks/_cancel?nodes=opensearch-node1,opensearch-node2"
BULKS = 8
DOCUMENTS = 1_000_000
FIELDS = ("Package", "Version", "Section", "Maintainer", "Installed-Size", "Homepage", "Depends",
          "Description")


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

    def __init__(self, cluster):
        self.first, self.second = cluster.nodes
        self.answers = {}   # bulk number -> (items done, items not done, seconds)
        self.acknowledged = set()
        self.updates = {"acknowledged": 0, "cancelled": 0, "last": 0}
        self.update_sent = 0
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.threads = []

    def bulk(self, number, body):
        begin = time.monotonic()
        status, answer = call(self.first.connect(), "POST", f"/{INDEX}/_bulk", body)
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

    def bulk_that_may_lose(self, body):
        """Beside a node that freezes; nothing is asked of its answer here."""
        call(self.first.connect(), "POST", f"/{INDEX}/_bulk", body)

    def update(self):
        """One counter, updated as fast as answers come, by several clients at a time."""
        connection = self.second.connect()
        while not self.stop.is_set():
            with self.lock:
                self.update_sent += 1
                number = self.update_sent
            body = json.dumps({"doc": {"count": number}, "doc_as_upsert": True})
            status, answer = call(connection, "POST",
                                  f"/{COUNTERS}/_update/counter?retry_on_conflict=1000", body)
            with self.lock:
                if status in (200, 201):
                    self.updates["acknowledged"] += 1
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
    """The answer as it came, but for all tasks of a node after the first of each action."""
    shown, left_out = json.loads(json.dumps(cancelled)), 0
    for node in shown["nodes"].values():
        actions = set()
        for task_id, task in list(node["tasks"].items()):
            if task["action"] in actions:
                del node["tasks"][task_id]
                left_out += 1
            actions.add(task["action"])
    print(json.dumps(shown, indent=2))
    print(f"  … and {left_out} more tasks")


def say(text):
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def load(connection):
    say("Debian's package catalogue")
    records = catalogue()
    bodies = [bulk_body(records, number) for number in range(BULKS)]
    print(f"  {len(records):,} records, repeated with new ids to {DOCUMENTS:,} documents, "
          f"{sum(map(len, bodies)) / 1e6:,.0f} MB in {BULKS} bulks")
    for index, shards in ((INDEX, 6), (COUNTERS, 1)):
        call(connection, "PUT", f"/{index}", json.dumps(
            {"settings": {"number_of_shards": shards, "number_of_replicas": 0}}))
    return bodies


def commit_units(connection):
    """How long half of a node's commits took, and the longest one, in milliseconds, by name."""
    _, stats = call(connection, "GET", "/_nodes/stats/commits")
    return {node["name"]: (node["commits"]["p50_in_nanos"] / 1e6, node["commits"]["max_in_nanos"] / 1e6)
            for node in stats["nodes"].values()}


def cancel_all(cluster, bodies):
    first, second = (node.connect() for node in cluster.nodes)
    say("Eight bulks on node 1 into six shards on both, a stream of updates on node 2")
    work = Work(cluster)
    for number, body in enumerate(bodies):
        work.start(work.bulk, number, body)
    for _ in range(12):
        work.start(work.update)
    watch(first, work, 0.4)

    say("What runs, asked of node 2: quell tasks -d --actions 'indices:data/write/*'")
    subprocess.run([sys.argv[1], "tasks", "-u", cluster.nodes[1].url, "-d", "--actions",
                    "indices:data/write/*"], check=True)

    say(f"POST {CANCEL[1:]}")
    begin = time.monotonic()
    _, cancelled = call(first, "POST", CANCEL)
    answered = time.monotonic() - begin
    while not tasks_gone(second):
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
    count = sum(len(node["tasks"]) for node in cancelled["nodes"].values())
    print(f"  {count} tasks cancelled on {len(cancelled['nodes'])} nodes; answered after "
          f"{answered * 1000:.1f} ms, all of them gone after {gone * 1000:.1f} ms")
    for name, (half, longest) in sorted(commit_units(first).items()):
        print(f"  (a commit unit, which a stop lets finish, took {half:.1f} ms on {name} in the "
              f"median, {longest:.1f} ms at most)")

    say("The proof, asked of node 2")
    if not prove(second, work):
        sys.exit("  the index is not what was acknowledged")
    print("  every acknowledged document is there, and no other")


def freeze(cluster, body):
    """One node stops answering while a bulk runs on both."""
    say("Node 2 freezes (SIGSTOP) while a bulk runs on both; a cancel all the same")
    first = cluster.nodes[0].connect()
    work = Work(cluster)
    work.start(work.bulk_that_may_lose, body)
    while not any(share > 0.1 for share, _ in progress(first).values()):
        if not work.threads[0].is_alive():
            return print("  the bulk was too fast")
    cluster.nodes[1].freeze()
    begin = time.monotonic()
    _, cancelled = call(first, "POST", "/_tasks/_cancel?nodes=_local&actions=*bulk")
    print(f"  answered after {time.monotonic() - begin:.2f} s; not confirmed:")
    for failure in cancelled.get("task_failures", []):
        print(f"    {failure['reason']['reason']}")
    cluster.nodes[1].thaw()
    begin = time.monotonic()
    while not tasks_gone(first):
        pass
    work.join()
    print(f"  node 2 goes on: its children have stopped, all is gone after "
          f"{(time.monotonic() - begin) * 1000:.0f} ms")


def run(cluster):
    first, second = cluster.nodes
    print(f"  {first.name} {first.url}, between nodes on {first.transport_port}\n"
          f"  {second.name} {second.url}, between nodes on {second.transport_port}\n"
          f"  what they agree on: {cluster.nats.url}")
    bodies = load(first.connect())
    cancel_all(cluster, bodies)
    freeze(cluster, bodies[0])


def main():
    say("A nats-server and two nodes")
    cluster = Cluster(sys.argv[1], DATA)
    try:
        run(cluster)
    finally:
        cluster.stop()
    say("Go on by hand")
    print("  make serve                         a node on http://127.0.0.1:9200\n"
          "  build/release/quell tasks          what runs\n"
          "  build/release/quell cancel --help  stop it\n"
          "  docs/operating.md                  several nodes, and what happens when one dies\n"
          f"  {DATA}/node1.log                    the log of a node")


if __name__ == "__main__":
    main()
