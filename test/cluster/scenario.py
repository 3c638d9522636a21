"""What the scenarios share: how they are named and found, and questions about tasks and documents."""
import os
import statistics
import time

from live_cluster import Wrong, check, until

SCENARIOS = []  # in the order of their definition
ROUNDS = int(os.environ.get("ROUNDS", 0))  # 0: as many as a run has time for
SEED = int(os.environ.get("SEED", 20250101))
LONG = bool(os.environ.get("LONG"))
CANCEL_SECONDS = 1.1   # tasks.fanout_timeout and a tenth, for a cancel whatever other nodes do
LIST_SECONDS = 5.5     # tasks.list_timeout and a tenth
LEASE = 5.0            # tasks.peer_lease of the clusters here
LOST = LEASE * 1.1     # then a silent node's children are given up
CANCELLED = "task_cancelled_exception"
UNKNOWN = "write_outcome_unknown_exception"
UNAVAILABLE = "unavailable_shards_exception"


def scenario(function=None, *, long=False, network=False):
    """Its name is the promise. `long`: only with LONG=1; `network`: needs namespaces."""
    def add(what):
        what.long, what.network = long, network
        SCENARIOS.append(what)
        return what
    return add(function) if function else add


def timed(action, *arguments):
    begin = time.monotonic()
    got = action(*arguments)
    return time.monotonic() - begin, got


def figure(what, seconds):
    """A line of the report; `seconds` is a list."""
    print(f"    {what}: median {1000 * statistics.median(seconds):.0f} ms, "
          f"worst {1000 * max(seconds):.0f} ms, of {len(seconds)}")


def make_index(node, name, shards=1, **settings):
    settings = {"number_of_shards": shards, "number_of_replicas": 0, **settings}
    status, answer = node.call("PUT", f"/{name}", {"settings": settings})
    check(status == 200 and answer["shards_acknowledged"], f"PUT /{name} answered {status} {answer}")


def bulk_body(names, filler=""):
    return "".join('{"index":{"_id":"%s"}}\n{"name":"%s","filler":"%s"}\n' % (name, name, filler)
                   for name in names)


# Waits for a copy that there never is: a bulk, or an update, that runs until it is stopped.
HELD = "wait_for_active_shards=2&timeout=120s"


def hold_bulk(node, index, names):
    return node.ask("POST", f"/{index}/_bulk?{HELD}", bulk_body(names))


def listed(node, action, count=1, seconds=10, query=""):
    """The `count` tasks of exactly this action, once they are all there."""
    def found():
        tasks = node.tasks(f"detailed&actions={action}&{query}")
        return tasks if len(tasks) >= count else None
    return until(lambda: f"{count} tasks {action}, there is {node.tasks()}", found, seconds)


def id_of(task):
    return f"{task['node']}:{task['id']}"


def client_tasks(node):
    return node.tasks("actions=indices:*&background=false")


def await_no_client_work(nodes, seconds):
    """Until no node lists work of a client; the seconds that took."""
    begin = time.monotonic()
    for node in nodes:
        until(lambda node=node: f"nothing left on {node.settings['node.name']}, "
              f"there is {client_tasks(node)}", lambda node=node: not client_tasks(node), seconds, 0.002)
    return time.monotonic() - begin


def await_progress(node, operations):
    """The one bulk that runs, once so many of its operations are done."""
    def far_enough():
        for task in node.tasks("actions=indices:data/write/bulk&extended=true"):
            progress = task.get("progress", {})
            if progress.get("unit") == "operations" and progress["done"] >= operations:
                return task
        return None
    return until(f"{operations} operations are done", far_enough, 30, 0.002)


def in_history(node, task):
    """What is kept of a bulk that has ended."""
    entries = node.get("/_tasks/_history?actions=indices:data/write/bulk")["tasks"]
    entry = next((entry for entry in entries if id_of(entry) == id_of(task)), None)
    check(entry is not None, f"{id_of(task)} is not in the history: {entries}")
    return entry


def ended_at(entry):
    """In seconds of the wall clock."""
    return entry["start_time_in_millis"] / 1e3 + entry["running_time_in_nanos"] / 1e9


class Told:
    """What the answer of a bulk says of each document."""

    def __init__(self, names, status, answer):
        check(status == 200, f"a bulk answered {status} {str(answer)[:500]}")
        check(len(answer["items"]) == len(names), "an item is missing")
        self.done, self.undone, self.unknown = set(), set(), set()
        self.errors = {}  # type -> one item with it
        for name, item in zip(names, answer["items"]):
            result = item["index"]
            check(result["_id"] == name, f"the item of {name} is {result}")
            if result["status"] in (200, 201):
                self.done.add(name)
                continue
            self.errors.setdefault(result["error"]["type"], result)
            (self.unknown if result["error"]["type"] == UNKNOWN else self.undone).add(name)
        check(answer["errors"] == bool(self.errors), "`errors` does not say what the items say")

    def only(self, *types):
        rest = set(self.errors) - set(types)
        check(not rest, f"items failed with {[self.errors[kind] for kind in rest]}")
        return self


def stored(node, index, names):
    """Which of these documents are there, by a realtime read."""
    names, found = sorted(names), set()
    for first in range(0, len(names), 5000):
        status, answer = node.call("POST", f"/{index}/_mget?_source=false",
                                   {"ids": names[first:first + 5000]})
        check(status == 200, f"_mget answered {status} {str(answer)[:300]}")
        for document in answer["docs"]:
            check("error" not in document, f"_mget could not read {document}")
            if document["found"]:
                found.add(document["_id"])
    return found


def count(node, index):
    status, answer = node.call("POST", f"/{index}/_refresh")
    check(status == 200 and answer["_shards"]["failed"] == 0, f"_refresh answered {status} {answer}")
    answer = node.get(f"/{index}/_count")
    check(answer["_shards"]["failed"] == 0, f"_count answered {answer}")
    return answer["count"]


def check_stored(nodes, index, done, undone, unknown=()):
    """On every node: what is done is there, what is not done is not, and nothing else is."""
    for node in nodes:
        there = stored(node, index, set(done) | set(undone) | set(unknown))
        lost, extra = sorted(set(done) - there), sorted(there & set(undone))
        check(not lost, f"{len(lost)} acknowledged and not there: {lost[:5]}")
        check(not extra, f"{len(extra)} told `not executed` and there: {extra[:5]}")
        counted = count(node, index)
        check(counted == len(there), f"_count says {counted}, _mget finds {len(there)}")
