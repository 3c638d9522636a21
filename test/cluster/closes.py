"""Indices that are closed, opened and blocked on whatever node is asked."""
import random
import threading

from live_cluster import Cluster, check
from load import Load
from moves import SHORT_LEASE, await_taken, exclude, fill, shards
from scenario import ROUNDS, SEED, make_index, scenario

CLOSED = "index_closed_exception"
BLOCKED = "cluster_block_exception"


def close(node, index):
    status, answer = node.call("POST", f"/{index}/_close")
    check(status == 200 and answer["acknowledged"] and answer["indices"] == {index: {"closed": True}},
          f"_close answered {status} {answer}")


def reopen(node, index):
    status, answer = node.call("POST", f"/{index}/_open")
    check(status == 200 and answer == {"acknowledged": True, "shards_acknowledged": True},
          f"_open answered {status} {answer}")


def check_refused(nodes, index, status, kind):
    """No node takes a write."""
    for node in nodes:
        answered = node.call("PUT", f"/{index}/_doc/never", {"n": 1})
        check(answered[0] == status and answered[1]["error"]["type"] == kind, f"a write answered {answered}")


@scenario
def an_index_that_closes_while_its_shards_move_loses_nothing(quell):
    rng = random.Random(SEED)
    with Cluster(quell, 3, **SHORT_LEASE) as cluster:
        first = cluster.nodes[0]
        make_index(first, "wide", 6)
        load = Load(cluster.nodes, "wide", SEED, cancellers=0)
        load.also = (CLOSED,)
        fill(load, first, 10_000)
        load.start()
        met = 0
        for number in range(ROUNDS or 12):
            exclude(rng.choice(cluster.nodes), f"opensearch-node{1 + number % 3}")
            threading.Event().wait(rng.uniform(0, 0.3))
            met += any(row["state"] == "RELOCATING" for row in shards(first))
            close(rng.choice(cluster.nodes), "wide")
            check_refused(cluster.nodes, "wide", 400, CLOSED)
            reopen(rng.choice(cluster.nodes), "wide")
            threading.Event().wait(rng.uniform(0, 0.3))
        load.stop()
        exclude(first, None)
        for node in cluster.nodes:
            check(await_taken(node)["status"] == "green", "not green")
        load.verify()
        load.report()
        print(f"    {met} of {number + 1} closes met a move")
        for node in cluster.nodes:
            node.kill()
        for node in cluster.nodes:
            node.start()
        cluster.await_joined()
        load.verify()
        for node in cluster.nodes:
            strays = [line for line in node.log if "lives elsewhere" in line]
            check(not strays, f"data were left behind: {strays}")


@scenario
def a_closed_index_is_there_after_a_restart(quell):
    with Cluster(quell, 2) as cluster:
        first, second = cluster.nodes
        make_index(first, "wide", 4)
        load = Load(cluster.nodes, "wide", SEED, cancellers=0)
        fill(load, first, 2000)
        close(second, "wide")
        for node in cluster.nodes:
            node.kill()
        for node in cluster.nodes:
            node.start()
        cluster.await_joined()
        check_refused(cluster.nodes, "wide", 400, CLOSED)
        for node in cluster.nodes:
            rows = node.get("/_cat/indices/wide?format=json&h=status,health,docs.count")
            check(rows == [{"status": "close", "health": "green", "docs.count": None}], f"_cat says {rows}")
        reopen(second, "wide")
        load.verify()


@scenario
def no_write_that_was_under_way_comes_after_a_block(quell):
    rng = random.Random(SEED)
    with Cluster(quell, 3) as cluster:
        make_index(cluster.nodes[0], "wide", 6)
        load = Load(cluster.nodes, "wide", SEED, writers=6, cancellers=0)
        load.also = (BLOCKED,)
        load.start()
        for _ in range(ROUNDS or 6):
            threading.Event().wait(rng.uniform(0.1, 0.3))
            node = rng.choice(cluster.nodes)
            status, answer = node.call("PUT", "/wide/_block/write")
            check(status == 200 and answer["indices"] == [{"name": "wide", "blocked": True}],
                  f"_block answered {status} {answer}")
            check_refused(cluster.nodes, "wide", 403, BLOCKED)
            exclude(node, f"opensearch-node{rng.randrange(1, 4)}")  # a shard stays blocked where it moves

            def documents(node=node):
                node.call("POST", "/wide/_refresh")
                return node.get("/wide/_count")["count"]
            before = documents()
            threading.Event().wait(0.2)
            check(documents() == before, "a document came after the block")
            status, answer = node.call("PUT", "/wide/_settings", {"index.blocks.write": None})
            check(status == 200 and answer["acknowledged"], f"_settings answered {status} {answer}")
        load.stop()
        load.verify()
        load.report()
