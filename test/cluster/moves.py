"""Nodes that leave on purpose: their shards move away first."""
import threading
import time

from live_cluster import Cluster, check, until
from load import Load
from scenario import SEED, figure, make_index, scenario

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


def check_only_moves_fail_nothing(load):
    """A cancel of the load's apart, every item was done."""
    check(not load.unknown and not load.undone and not load.unanswered,
          f"{len(load.unknown)} unknown, {len(load.undone)} not done: {dict(load.told)}")


@scenario
def shards_leave_an_excluded_node_under_load_and_it_can_go(quell):
    took = []
    with Cluster(quell, 3, **SHORT_LEASE) as cluster:
        first, leaving = cluster.nodes[0], cluster.nodes[1]
        make_index(first, "wide", 9)
        load = Load(cluster.nodes, "wide", SEED, cancellers=0)
        load.start()
        until("documents are there", lambda: len(load.done) > 2000, 30)
        exclude(first, "opensearch-node2")
        took.append(await_empty(first, "opensearch-node2", 60))
        exclude(first, "opensearch-node1,opensearch-node2")  # while they may still be told of
        took.append(await_empty(first, "opensearch-node1", 60))
        exclude(first, "opensearch-node2")
        threading.Event().wait(0.3)
        load.stop()
        check_only_moves_fail_nothing(load)
        load.verify()
        leaving.process.terminate()
        check(leaving.process.wait(20) == 0, f"it ended with {leaving.process.returncode}")
        load.nodes = [first, cluster.nodes[2]]
        status = until("the node has left", lambda: first.get("/_cat/nodes?format=json&h=name")
                       and len(first.get("/_cat/nodes?format=json&h=name")) == 2, 20)
        check(status, "")
        check(await_taken(first)["status"] == "green", "not green without it")
        load.start()
        threading.Event().wait(0.5)
        load.stop()
        load.verify()
        load.report()
    figure("exclusion to no shard left", took)


@scenario
def a_kill_of_either_side_of_a_move_loses_nothing(quell):
    with Cluster(quell, 2, **SHORT_LEASE) as cluster:
        first, second = cluster.nodes
        make_index(first, "wide", 6, refresh_interval="-1")
        load = Load(cluster.nodes, "wide", SEED, cancellers=0).start()
        until("documents are there", lambda: len(load.done) > 5000, 60)
        for number, (leaving, victim) in enumerate([(first, first), (first, second), (second, second),
                                                    (second, first)]):
            asked = second if victim is first else first
            exclude(asked, leaving.settings["node.name"])
            until("a shard moves", lambda asked=asked: asked.get("/_cluster/health")["relocating_shards"]
                  or not any(row["node"] == leaving.settings["node.name"] for row in shards(asked)), 10,
                  0.002)
            threading.Event().wait(0.02 * number)
            victim.kill()
            victim.start()
            cluster.await_joined()
            await_empty(first, leaving.settings["node.name"], 60)
            exclude(first, None)
        load.stop()
        for node in cluster.nodes:
            await_taken(node)
        load.verify()
        load.report()
