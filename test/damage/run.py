#!/usr/bin/env python3
"""run.py QUELL [CASE …]: damages what a node keeps while it is down. Nothing may be lost in silence."""
import glob
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import threading
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_node import Node  # noqa: E402

DOCUMENTS = 50
OPEN_FILES = 600
DAY = 86_400  # seconds


class Wrong(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Wrong(what)


class Keeper(Node):
    """A node whose directory is damaged while it is down."""

    def __init__(self, binary, **settings):
        super().__init__(binary, **settings)
        self.data = self.settings["path.data"]
        self.limits = None
        self.user = None
        self.clock = None  # file with the offset of its wall clock; beside it the library that applies it

    def popen_options(self):
        def prepare():
            if self.limits:
                resource.setrlimit(resource.RLIMIT_NOFILE, self.limits)
            if self.user:
                os.setgid(self.user)
                os.setuid(self.user)
        environment = dict(os.environ)
        if self.clock:
            environment.update(LD_PRELOAD=self.clock + ".so", QUELL_TEST_CLOCK=self.clock)
        return {"preexec_fn": prepare, "env": environment}

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, body if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def ask(self, status, method, path, body=None):
        got, answer = self.call(method, path, body)
        expect(got == status, f"{method} {path} answered {got} {str(answer)[:600]}, not {status}")
        return answer

    def fail(self, what):
        raise Wrong(what)

    def end(self):
        """A clean stop that keeps the data."""
        self.process.terminate()
        code = self.process.wait(30)
        expect(code == 0, f"a clean stop ended with {code}")

    def refuses(self, *words):
        """Starts, ends with exit code 1, and says all of `words`."""
        self.launch()
        code = self.process.wait(30)
        self.reader.join()
        expect(code == 1, f"the start ended with {code}, not 1:\n{self.tail()}")
        for word in words:
            expect(re.search(word, self.tail()), f"[{word}] is not in\n{self.tail()}")

    def start_with(self, loss):
        self.settings["node.accept_loss"] = loss
        self.start()
        del self.settings["node.accept_loss"]

    def path(self, *names):
        return os.path.join(self.data, *names)

    def logged(self, word):
        return re.search(word, self.tail(400)) is not None

    def write(self, first, count, index="docs"):
        for number in range(first, first + count):
            self.ask(201, "PUT", f"/{index}/_doc/{number}", {"number": number})

    def fill(self):
        """Half of the documents in tables, half in the write-ahead log."""
        self.ask(200, "PUT", "/docs", {"settings": {"number_of_replicas": 0}})
        self.write(0, DOCUMENTS)
        self.ask(200, "POST", "/docs/_flush")
        self.write(DOCUMENTS, DOCUMENTS)

    def health(self):
        return self.ask(200, "GET", "/_cluster/health")["status"]

    def holds(self, count, index="docs"):
        for number in range(count):
            self.ask(200, "GET", f"/{index}/_doc/{number}")

    def reroute(self, status, command, **more):
        body = {"commands": [{command: {"index": "docs", "shard": 0, "node": "opensearch-node1", **more}}]}
        return self.ask(status, "POST", "/_cluster/reroute", body)


def change_file(path, change):
    with open(path, "rb") as file:
        content = bytearray(file.read())
    change(content)
    with open(path, "wb") as file:
        file.write(content)


def flip(content):
    for at in range(len(content) // 3, len(content), max(1, len(content) // 7)):
        content[at] ^= 0x55


def newest_log(node):
    logs = [name for name in glob.glob(node.path("store", "*.log")) if os.path.getsize(name) > 0]
    return max(logs, key=os.path.getmtime)


def expect_lost_shard(node, held):
    """The shard says what it lacks, and is only used again when the operator accepts that."""
    node.start()
    expect(node.health() == "red", "health is not red")
    expect(node.logged("could not be opened.*acknowledged operations are missing"), "nothing is logged")
    why = node.ask(200, "GET", "/_cluster/allocation/explain")
    expect(why["unassigned_info"]["reason"] == "ALLOCATION_FAILED", str(why))
    expect("acknowledged operations are missing" in why["unassigned_info"]["details"], str(why))
    expect(why["can_allocate"] == "no_valid_shard_copy", str(why))
    for method, path, body in (("PUT", "/docs/_doc/x", {}), ("GET", "/docs/_doc/0", None)):
        answer = node.ask(503, method, path, body)
        expect("acknowledged operations are missing" in json.dumps(answer), str(answer))
    refused = node.reroute(400, "allocate_stale_primary")
    expect("can result in data loss" in json.dumps(refused), str(refused))
    expect(node.health() == "red", "a refused command has changed something")
    node.reroute(200, "allocate_stale_primary", accept_data_loss=True)
    expect(node.health() == "green", "the shard was not opened")
    node.holds(held)
    node.write(1000, 3)
    node.end()
    node.log.clear()
    node.start()  # nothing has to be accepted twice
    expect(not node.logged("missing"), "the loss is complained about again")
    expect(node.health() == "green", "the shard was not opened again")
    node.holds(held)


def removed_log(node):
    node.start()
    node.fill()
    node.end()
    os.remove(newest_log(node))
    expect_lost_shard(node, DOCUMENTS)


def truncated_log(node):
    node.start()
    node.fill()
    node.end()
    os.truncate(newest_log(node), os.path.getsize(newest_log(node)) // 2)
    expect_lost_shard(node, DOCUMENTS)


def remembered_after_a_kill(node):
    """Without a clean stop the ledger is a few seconds old; what it knows by then is missed."""
    node.start()
    node.fill()
    ledger = node.path("store.ledger")
    wanted = f'"seq_no":{2 * DOCUMENTS - 1},'
    for _ in range(300):
        if os.path.exists(ledger) and wanted in pathlib.Path(ledger).read_text():
            break
        threading.Event().wait(0.1)
    node.kill()
    os.remove(newest_log(node))
    expect_lost_shard(node, DOCUMENTS)


def begun_anew(node):
    node.start()
    node.fill()
    node.end()
    os.remove(newest_log(node))
    node.start()
    node.reroute(200, "allocate_empty_primary", accept_data_loss=True)
    expect(node.health() == "green", "the shard was not opened")
    node.ask(404, "GET", "/docs/_doc/0")
    node.write(0, 3)
    node.end()
    node.start()
    node.holds(3)


def removed_store(node):
    node.start()
    node.fill()
    node.end()
    shutil.rmtree(node.path("store"))
    node.refuses("lacks metadata that were acknowledged", r"lost indices: \[docs\]")
    node.refuses("node.accept_loss=metadata/")  # a second start is not easier
    loss = re.search(r"node\.accept_loss=(metadata/\d+)", node.tail()).group(1)
    node.start_with(loss)
    expect(node.logged("accepted by the operator"), "the acceptance is not logged")
    node.ask(404, "GET", "/docs/_doc/0")
    node.fill()
    node.end()
    node.start()
    node.holds(2 * DOCUMENTS)


def removed_node_id(node):
    node.start()
    node.fill()
    node.end()
    os.remove(node.path("node.id"))
    node.start()
    expect(node.logged("node id was restored"), "it is not logged")
    expect(node.health() == "green", "shards are unassigned")
    node.holds(2 * DOCUMENTS)


def damaged_node_id(node):
    node.start()
    node.fill()
    node.end()
    own = pathlib.Path(node.path("node.id")).read_text()
    pathlib.Path(node.path("node.id")).write_bytes(b"\x00\xff rubbish")
    node.start()
    node.holds(2 * DOCUMENTS)
    node.end()
    expect(pathlib.Path(node.path("node.id")).read_text() == own, "another id")
    other = own[::-1] if own[::-1] != own else "A" * 22
    pathlib.Path(node.path("node.id")).write_text(other)
    node.refuses(f"belongs to \\[{own}\\]", f"node.accept_loss=node.id/{other}")
    pathlib.Path(node.path("node.id")).write_text(own + "\n")
    node.start()
    node.holds(2 * DOCUMENTS)


def removed_node_id_and_ledger(node):
    node.start()
    node.fill()
    node.end()
    os.remove(node.path("node.id"))
    os.remove(node.path("store.ledger"))
    node.refuses("node.id.* is missing", "node.accept_loss=node.id")
    node.start_with("node.id")
    expect(node.health() == "red", "shards of another node are not missed")
    expect(node.logged("there is no ledger"), "the missing ledger is not logged")


def damaged_ledger(node):
    node.start()
    node.fill()
    node.end()
    change_file(node.path("store.ledger"), flip)
    node.start()
    expect(node.logged("ledger is damaged"), "it is not logged")
    node.holds(2 * DOCUMENTS)
    node.end()
    node.log.clear()
    node.start()
    expect(not node.logged("ledger is damaged"), "it was not written anew")


def damaged_store_files(node):
    """Whatever file it is: the node refuses to start and names it, or what is damaged is refused."""
    node.start()
    node.fill()
    node.end()
    intact = node.data + ".intact"
    shutil.copytree(node.data, intact)
    store = "store"
    tables = sorted(glob.glob(os.path.join(intact, store, "*.sst")))
    manifest = glob.glob(os.path.join(intact, store, "MANIFEST-*"))[0]
    current = os.path.join(intact, store, "CURRENT")
    log = max(glob.glob(os.path.join(intact, store, "*.log")), key=os.path.getsize)
    expect(tables, "there are no tables")
    for name, change in ((manifest, flip), (manifest, None), (current, flip), (current, None),
                         (tables[0], None), (log, flip), (tables[0], flip)):
        shutil.rmtree(node.data)
        shutil.copytree(intact, node.data)
        damaged = os.path.join(node.data, os.path.relpath(name, intact))
        os.remove(damaged) if change is None else change_file(damaged, change)
        what = f"{os.path.basename(name)} {'removed' if change is None else 'flipped'}"
        node.launch()
        started = node.started.get(timeout=30)
        if started is None:
            code = node.process.wait(30)
            expect(code == 1, f"{what}: exit code {code}")
            expect(re.search(r"quell: .*store|quell: .*metadata", node.tail()), f"{what}: {node.tail()}")
            print(f"  {what}: {node.tail().strip().splitlines()[-1][:300]}", flush=True)
            continue
        node.host, port = started.rsplit(":", 1)
        node.port = int(port)
        statuses = {node.call("GET", f"/docs/_doc/{number}")[0] for number in range(2 * DOCUMENTS)}
        expect(statuses != {200} or change is flip and name == tables[0], f"{what}: nothing was missed")
        expect(404 not in statuses, f"{what}: documents are missing in silence: {statuses}")
        print(f"  {what}: starts, documents answer {sorted(statuses)}, health {node.health()}", flush=True)
        node.end()
    shutil.rmtree(intact)


def two_processes(node):
    node.start()
    second = Keeper(node.binary, **{"path.data": node.data})
    second.refuses("another node runs on")
    node.ask(200, "GET", "/_cluster/health")
    second.stop()


def unwritable_directory(node):
    node.start()
    node.fill()
    node.end()
    if os.getuid() != 0:
        os.chmod(node.data, 0o500)
    else:
        os.chmod(node.folder, 0o755)
        node.user = 65534
        for folder, _, files in os.walk(node.data):
            os.chmod(folder, 0o555)
            for name in files:
                os.chmod(os.path.join(folder, name), 0o444)
    node.refuses("cannot open|[Pp]ermission denied")
    os.chmod(node.data, 0o755)


def idle_connections(node):
    """More of them than descriptors, ten times: new clients are answered, and the store writes on."""
    node.limits = (OPEN_FILES // 2, OPEN_FILES)
    node.start()
    for number in range(10):
        idle = []
        for at in range(2 * OPEN_FILES):
            idle.append(socket.create_connection((node.host, node.port), timeout=10))
            if at % 100 == 0:
                node.ask(201, "PUT", f"/docs/_doc/{number}-{at}", {"number": number})
                node.ask(200, "POST", "/docs/_flush")  # opens a log
        used = len(os.listdir(f"/proc/{node.process.pid}/fd"))
        expect(used < OPEN_FILES - 100, f"{used} descriptors are open")
        for connection in idle:
            connection.close()
        node.ask(200, "GET", f"/docs/_doc/{number}-0")


def clock_jumps(node):
    """The wall clock goes forth and back, under a running node and between two: nothing depends on it."""
    node.clock = os.path.join(node.folder, "clock")
    pathlib.Path(node.clock).write_text("0")
    source = pathlib.Path(__file__).with_name("shifted_clock.cc")
    subprocess.run(["g++-12", "-shared", "-fPIC", "-o", node.clock + ".so", source], check=True)
    node.start()
    node.fill()
    last = 0
    for number, offset in enumerate((400 * DAY, -400 * DAY, -3600, 30 * 365 * DAY)):
        pathlib.Path(node.clock).write_text(str(offset))
        if number % 2:
            node.end()
            node.start()
        node.write(1000 + 10 * number, 3)
        node.holds(2 * DOCUMENTS)
        newest = max(task["id"] for task in node.ask(200, "GET", "/_tasks?group_by=none")["tasks"])
        expect(newest > last, "task numbers repeat")
        last = newest
        node.ask(200, "PUT", f"/new{number}")
        node.ask(200, "DELETE", f"/new{number}")
    expect(node.health() == "green", "health is not green")


CASES = [removed_log, truncated_log, remembered_after_a_kill, begun_anew, removed_store, removed_node_id,
         damaged_node_id, removed_node_id_and_ledger, damaged_ledger, damaged_store_files, two_processes,
         unwritable_directory, idle_connections, clock_jumps]


def main():
    binary, names = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    for case in CASES:
        if names and case.__name__ not in names:
            continue
        node = Keeper(binary)
        try:
            case(node)
            passed += 1
        except Exception as error:  # every case is to be seen
            failed += 1
            print(f"FAILED {case.__name__}: {error}", flush=True)
            if not isinstance(error, Wrong):
                traceback.print_exc()
            print(node.tail(15), flush=True)
        finally:
            node.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
