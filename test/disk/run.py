#!/usr/bin/env python3
"""run.py QUELL [ROUNDS [SIZE]]: writers fill a small disk until they get 429; room is freed by deleting an index
or its documents; writers go on, without a restart. At the end the node is killed on a disk without a byte left
and started again. Every acknowledged document is checked. On one node, and on two of which one has such a disk."""
import base64
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_cluster import Cluster  # noqa: E402
from live_node import Node  # noqa: E402

ROUNDS = 10
SIZE = "96m"
WRITERS = 3
BULK = 40
SETTINGS = {"cluster.info.update.interval": "10s",
            "cluster.routing.allocation.disk.threshold_enabled": "true"}
PATIENCE = 40  # seconds until something that needs room has found it
REFUSED = ("index [%s] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, "
           "index has read-only-allow-delete block];")


class Wrong(Exception):
    pass


class Client:
    def __init__(self, node):
        self.connection = http.client.HTTPConnection(node.host, node.port, timeout=60)

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def bulk(self, index, lines):
        status, answer = self.call("POST", f"/{index}/_bulk", "".join(line + "\n" for line in lines))
        if status != 200:
            raise Wrong(f"_bulk answered {status}: {answer}")
        return [next(iter(item.values())) for item in answer["items"]]


class Writer(threading.Thread):
    """Writes until all of a bulk is refused for the disk."""

    def __init__(self, node, index, number, model):
        super().__init__()
        self.node, self.index, self.number, self.model = node, index, number, model
        self.wrong = None

    def run(self):
        try:
            self.fill(Client(self.node), random.Random(f"{self.index}/{self.number}"))
        except Exception as error:  # the main thread reports it
            self.wrong = error

    def fill(self, client, rng):
        serial = 0
        while True:
            documents = {}
            for _ in range(BULK):
                serial += 1
                documents[f"{self.number}-{serial}"] = base64.b64encode(rng.randbytes(6000)).decode()
            lines = []
            for name, text in documents.items():
                lines += [json.dumps({"index": {"_id": name}}), json.dumps({"t": text})]
            refused = 0
            for item in client.bulk(self.index, lines):
                if item["status"] == 201:
                    self.model[item["_id"]] = documents[item["_id"]]
                elif item["status"] == 429 and item["error"]["reason"] == REFUSED % self.index:
                    refused += 1
                else:
                    raise Wrong(f"a write answered {item}")
            if refused == BULK:
                return


def fill(nodes, index, model):
    writers = [Writer(nodes[number % len(nodes)], index, number, model) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        if writer.wrong:
            raise writer.wrong


def check(client, index, model):
    """All acknowledged documents are there and equal, and no other is."""
    if client.call("POST", f"/{index}/_refresh")[0] != 200:
        raise Wrong("a refresh failed")
    count = client.call("GET", f"/{index}/_count")[1]["count"]
    if count != len(model):
        raise Wrong(f"[{index}] has {count} documents instead of {len(model)}")
    names = sorted(model)
    for at in range(0, len(names), 200):
        docs = client.call("POST", f"/{index}/_mget", json.dumps({"ids": names[at:at + 200]}))[1]["docs"]
        for doc in docs:
            if not doc.get("found") or doc["_source"]["t"] != model[doc["_id"]]:
                raise Wrong(f"[{index}] [{doc['_id']}] is not what was acknowledged")


def erase_documents(client, index, model):
    names = sorted(model)
    for at in range(0, len(names), 500):
        lines = [json.dumps({"delete": {"_id": name}}) for name in names[at:at + 500]]
        for item in client.bulk(index, lines):
            if item["status"] != 200:
                raise Wrong(f"a deletion answered {item}")
    model.clear()


def await_writable(client, index):
    begin = time.monotonic()
    while True:
        status, answer = client.call("PUT", f"/{index}/_doc/probe", '{"t":"probe"}')
        if status in (200, 201):
            break
        if status != 429:
            raise Wrong(f"a write answered {status}: {answer}")
        if time.monotonic() - begin > PATIENCE:
            raise Wrong(f"no write for {PATIENCE} s after room was made: {answer}")
        client.call("GET", "/_cluster/health?wait_for_nodes=99&timeout=200ms")
    if client.call("DELETE", f"/{index}/_doc/probe")[0] != 200:
        raise Wrong("a document could not be deleted")
    return time.monotonic() - begin


def make_index(client, index):
    body = json.dumps({"settings": {"number_of_shards": 2, "number_of_replicas": 0}})
    status, answer = client.call("PUT", f"/{index}", body)
    if status != 200:
        raise Wrong(f"the creation of an index answered {status}: {answer}")


def delete_index(client, index):
    status, answer = client.call("DELETE", f"/{index}")
    if status != 200:
        raise Wrong(f"the deletion of an index answered {status}: {answer}")


def check_told(node, client):
    """A full disk is in the health, in _cat/allocation, and in the log."""
    begin = time.monotonic()
    while True:
        health = client.call("GET", "/_cluster/health?wait_for_nodes=99&timeout=50ms")[1]
        if any("above the flood stage" in problem for problem in health.get("problems", [])):
            break
        if time.monotonic() - begin > PATIENCE:
            raise Wrong(f"the health says nothing of a full disk: {health}")
    name = node.settings["node.name"]
    rows = client.call("GET", "/_cat/allocation?format=json&bytes=b")[1]
    row = next(row for row in rows if row["node"] == name)
    if int(row["disk.avail"]) > int(row["disk.total"]) / 5 or int(row["disk.percent"]) < 80:
        raise Wrong(f"_cat/allocation shows {row}")
    if "above the flood stage" not in node.tail(400):
        raise Wrong("the log says nothing of a full disk")


def take_room(filler, leave=0):
    """All but `leave` bytes of the disk."""
    with open(filler, "ab", buffering=0) as file:
        try:
            while os.statvfs(filler).f_bavail * os.statvfs(filler).f_frsize >= leave + 4096:
                file.write(bytes(4096))
        except OSError:
            pass


def restart_on_full_disk(node, folder, models):
    node.kill()
    filler = os.path.join(folder, "filler")
    take_room(filler)
    node.start()
    take_room(filler, leave=3 << 20)  # what the dead node had not finished is gone
    client = Client(node)
    await_open(client, models)
    for index, model in models.items():
        check(client, index, model)
    if client.call("GET", "/_tasks")[0] != 200 or client.call("POST", "/_tasks/_cancel")[0] != 200:
        raise Wrong("a node on a full disk does not list or cancel")
    check_told(node, client)
    delete_index(client, "last")
    os.remove(filler)
    return client


def await_open(client, indices):
    """Until every shard is served again."""
    health = client.call("GET", f"/_cluster/health/{','.join(indices)}?wait_for_status=green&timeout={PATIENCE}s")[1]
    if health["timed_out"]:
        raise Wrong(f"shards are not served: {health}")


def run(nodes, folder, rounds):
    """The disk that fills up is that of the first node."""
    client, slowest = Client(nodes[-1]), {"documents": 0, "index": 0}
    # All at first: an index that is made on a full disk has its shards on the other node.
    for index in ["keep", *(f"i{number}" for number in range(rounds)), "last"]:
        make_index(client, index)
    kept = {}
    for number in range(30):  # a tenth of the disk, which stays
        names = [f"kept-{number}-{at}" for at in range(BULK)]
        lines = []
        for name in names:
            kept[name] = base64.b64encode(os.urandom(6000)).decode()
            lines += [json.dumps({"index": {"_id": name}}), json.dumps({"t": kept[name]})]
        client.bulk("keep", lines)
    for number in range(rounds):
        index, model = f"i{number}", {}
        fill(nodes, index, model)
        check(client, "keep", kept)
        check(client, index, model)
        if number % 2 == 0:
            erase_documents(client, index, model)
            slowest["documents"] = max(slowest["documents"], await_writable(client, "keep"))
            delete_index(client, index)
        else:
            delete_index(client, index)
            slowest["index"] = max(slowest["index"], await_writable(client, "keep"))
    last = {}
    fill(nodes, "last", last)
    client = restart_on_full_disk(nodes[0], folder, {"keep": kept, "last": last})
    await_writable(client, "keep")
    check(client, "keep", kept)
    print(f"{len(nodes)} nodes, {rounds} times full; writable again after {slowest['documents']:.1f} s at most "
          f"when documents were deleted, {slowest['index']:.1f} s when an index was", flush=True)


def check_read_only(binary, folder):
    """A node on a directory that it cannot write to ends at once and says why."""
    if subprocess.run(["mount", "-o", "remount,ro", folder], check=False).returncode != 0:
        raise Wrong("the file system cannot be made read-only")
    command = [binary, "serve", "-E", f"path.data={folder}/data", "-E", "http.port=0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if ended.returncode != 1 or "Read-only file system" not in ended.stderr:
        raise Wrong(f"on a read-only directory: exit code {ended.returncode}, {ended.stderr}")


class SmallDisk:
    """A file system in memory. None if none can be mounted here."""

    def __init__(self, size):
        self.size = size

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="quell-disk-")
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder]
        self.mounted = subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
        return self.folder if self.mounted else None

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", self.folder], check=False)
        os.rmdir(self.folder)


def on_one_node(binary, folder, rounds):
    node = Node(binary, **SETTINGS, **{"path.data": os.path.join(folder, "data")})
    try:
        node.start()
        run([node], folder, rounds)
        if node.stop() != 0:
            raise Wrong("the node did not end by itself")
        check_read_only(binary, folder)
    except BaseException:
        print(node.tail())
        raise
    finally:
        node.stop()


def on_two_nodes(binary, folder, rounds):
    own = {0: {"path.data": os.path.join(folder, "data")}}
    with Cluster(binary, of_node=own, **SETTINGS) as cluster:
        try:
            run(cluster.nodes, folder, rounds)
        except BaseException:
            print(cluster.nodes[0].tail())
            raise


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    size = sys.argv[3] if len(sys.argv) > 3 else SIZE
    passed = failed = 0
    for case in (on_one_node, on_two_nodes):
        with SmallDisk(size) as folder:
            if folder is None:
                print("skipped: no file system can be mounted here\n0 passed, 0 failed, 2 skipped")
                return 0
            try:
                case(sys.argv[1], folder, rounds)
                passed += 1
            except Exception:  # the other case is run, too
                traceback.print_exc(file=sys.stdout)
                failed += 1
    print(f"{passed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
