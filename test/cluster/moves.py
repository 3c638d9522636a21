"""Nodes that leave on purpose: their shards move away first."""
import random
import threading
import time

from live_cluster import Cluster, check, until
from load import Load
from scenario import (ROUNDS, SEED, Told, bulk_body, figure, make_index, scenario,
                      stored)

SHORT_LEASE = {"tasks.peer_lease": "2s"}
SETTING = "cluster.routing.allocation.exclude._name"


def exclude(node, name):
    status, answer = node.call("PUT", "/_cluster/settings", {"persistent": {SETTING: name}})
    check(status == 200 and answer["acknowledged"], f"an exclusion answered {status} {answer}")


def shards(node):
    """Each row of _cat/shards."""
    return node.get("/_cat/shards?format=json&h=index,shard,prirep,state,node")


def await_empty(node, name, seconds):
    """Until no shard is on the node `name`; the seconds that took."""
    begin = time.monotonic()
    until(lambda: f"no shard is on {name}: {shards(node)}",
          lambda: all(row["node"] and not row["node"].startswith(name) for row in shards(node)), seconds)
    return time.monotonic() - begin


def await_taken(node, seconds=10):
    """Until no move is under way, and every node has seen it."""
    answer = node.get(f"/_cluster/health?wait_for_no_relocating_shards=true&timeout={seconds}s")
    check(answer["relocating_shards"] == 0 and not answer["timed_out"], f"health says {answer}")
    return answer


def fill(load, node, documents):
    """Enough that a move takes its time."""
    for first in range(0, documents, 2000):
        names = [f"filled-{n}" for n in range(first, first + 2000)]
        status, answer = node.call("POST", f"/{load.index}/_bulk", bulk_body(names, "x" * 1000))
        load.done |= Told(names, status, answer).only().done


def read(load, rng):
    """Every document that was there before is found, whatever moves."""
    names = [f"filled-{rng.randrange(20_000)}" for _ in range(50)]
    node = rng.choice(load.nodes)
    found = stored(node, load.index, set(names))
    check(found == set(names), f"not found: {set(names) - found}")
    answer = node.get(f"/{load.index}/_count")
    check(answer["_shards"]["failed"] == 0, f"_count answered {answer}")
    load.told["reads"] += 1


@scenario
def shards_leave_an_excluded_node_under_load_and_it_can_go(quell):
    took = []
    with Cluster(quell, 3, **SHORT_LEASE) as cluster:
        first, leaving, third = cluster.nodes
        make_index(first, "wide", 9)
        load = Load(cluster.nodes, "wide", SEED, cancellers=0)
        fill(load, first, 20_000)
        load.plan.append(lambda rng, _: read(load, rng))
        load.start()
        for number in range(ROUNDS or 9):  # each time all that were there, while others may still be told
            name = f"opensearch-node{1 + number % 3}"
            exclude(cluster.nodes[(number + 1) % 3], name)
            took.append(await_empty(first, name, 60))
        exclude(first, "opensearch-node2")
        took.append(await_empty(first, "opensearch-node2", 60))
        load.stop()
        check(not load.undone and not load.unknown and not load.unanswered,
              f"a move failed a write: {dict(load.told)}, {len(load.undone)} not done")
        load.verify()
        leaving.process.terminate()
        check(leaving.process.wait(20) == 0, f"it ended with {leaving.process.returncode}")
        load.nodes = [first, third]
        for node in load.nodes:
            until("it has left", lambda node=node: len(node.get("/_cat/nodes?format=json")) == 2, 20)
            check(await_taken(node)["status"] == "green", "not green without it")
        load.start()
        threading.Event().wait(0.5)
        load.stop()
        load.verify()
        load.report()
    figure("exclusion to no shard left", took)


@scenario
def a_kill_of_either_side_of_a_move_loses_nothing(quell):
    rng = random.Random(SEED)
    with Cluster(quell, 2, **SHORT_LEASE) as cluster:
        first, second = cluster.nodes
        make_index(first, "wide", 6, refresh_interval="-1")
        load = Load(cluster.nodes, "wide", SEED, cancellers=0)
        fill(load, first, 20_000)
        load.start()
        met = 0
        for number in range(ROUNDS or 6):
            leaving, victim = cluster.nodes[number % 2], cluster.nodes[(number // 2) % 2]
            name = leaving.settings["node.name"]
            asked = second if victim is first else first
            exclude(asked, name)
            threading.Event().wait(rng.uniform(0, 0.15))
            met += any(row["state"] == "RELOCATING" for row in shards(asked))
            victim.kill()
            victim.start()
            cluster.await_joined()
            await_empty(first, name, 60)
            exclude(first, None)
        load.stop()
        for node in cluster.nodes:
            await_taken(node)
        load.verify()
        load.report()
        print(f"    {met} of {number + 1} kills met a move")


@scenario
def a_shard_that_no_node_may_hold_comes_when_one_may(quell):
    with Cluster(quell, 2) as cluster:
        first, second = cluster.nodes
        settings = {"number_of_replicas": 0, "index.routing.allocation.require._name": "nobody"}
        status, answer = first.call("PUT", "/late?timeout=10ms", {"settings": settings})
        check(status == 200 and not answer["shards_acknowledged"], f"PUT /late answered {status} {answer}")
        for node in cluster.nodes:
            until("red", lambda node=node: node.get("/_cluster/health/late")["status"] == "red", 5)
        second.call("PUT", "/late/_settings", {"index.routing.allocation.require._name": "*node2"})
        answer = first.get("/_cluster/health/late?wait_for_status=green&timeout=10s")
        check(answer["status"] == "green", f"health says {answer}")
        check([row["node"] for row in shards(first)] == ["opensearch-node2"], f"{shards(first)}")
        second.call("PUT", "/late/_settings", {"index.routing.allocation.require._name": "*node1"})
        until("it has moved", lambda: shards(first)[0]["node"] == "opensearch-node1", 10)
