"""Nodes that are killed, and started again."""
import random
import threading
import time

from live_cluster import Cluster, check, until
from load import Load
from scenario import (CANCELLED, ROUNDS, SEED, UNAVAILABLE, UNKNOWN, Told, await_no_client_work,
                      await_progress, bulk_body, check_stored, figure, id_of, listed, make_index,
                      scenario, timed)

LEASE = 2.0
LOST = LEASE * 1.1
SHORT_LEASE = {"tasks.peer_lease": "2s"}
SLACK = 1.0


def take_answer(bulk, names, load, coordinator_killed):
    """What the client of a bulk knows when a node was killed in its middle."""
    bulk.join(LOST + 5)
    check(not bulk.is_alive(), f"a bulk is not answered {LOST + 5} s after a kill")
    if bulk.error is not None:
        check(coordinator_killed, f"the coordinator lives, and the client saw {bulk.error!r}")
        load.unanswered |= set(names)
        return
    check(not coordinator_killed or bulk.status == 200, f"answered {bulk.status} {bulk.answer}")
    told = Told(names, bulk.status, bulk.answer).only(CANCELLED, UNAVAILABLE, UNKNOWN)
    load.done |= told.done
    load.undone |= told.undone
    load.unknown |= told.unknown


@scenario
def a_kill_of_either_side_leaves_no_orphan_and_every_item_tells_the_truth(quell):
    rng, left = random.Random(SEED), []
    with Cluster(quell, **SHORT_LEASE) as cluster:
        make_index(cluster.nodes[0], "wide", 6, refresh_interval="-1")
        make_index(cluster.nodes[0], "small", 4)
        big = Load(cluster.nodes, "wide", SEED)
        small = Load(cluster.nodes, "small", SEED, writers=2, cancellers=0)
        for number in range(ROUNDS or 3):
            runs = cluster.nodes[number % 2]
            victim = rng.choice(cluster.nodes)
            names = [f"{number}-{n}" for n in range(50_000)]
            small.start()
            bulk = runs.ask("POST", "/wide/_bulk", bulk_body(names, "x" * 200))
            task = await_progress(runs, rng.randrange(500, 10_000))
            if rng.random() < 0.5:
                runs.call("POST", f"/_tasks/{id_of(task)}/_cancel")
            victim.kill()
            killed = time.monotonic()
            if rng.random() < 0.5:  # away for longer than the lease
                threading.Event().wait(LOST + 0.5)
            victim.start()
            take_answer(bulk, names, big, victim is runs)
            small.stop()
            await_no_client_work(cluster.nodes, max(0, killed + LEASE + 1 - time.monotonic()) + SLACK)
            left.append(time.monotonic() - killed)
            cluster.await_joined()
        big.verify()
        small.verify()
        check(big.done and big.unanswered, "no coordinator was killed")
        big.report()
        small.report()
    figure("kill to nothing left, a restart and clients that end included", left)


@scenario
def a_restart_of_every_node_in_turn_loses_nothing(quell):
    away = []
    with Cluster(quell, **SHORT_LEASE) as cluster:
        make_index(cluster.nodes[0], "wide", 6)
        load = Load(cluster.nodes, "wide", SEED, cancellers=0).start()
        for node in cluster.nodes * 2:
            threading.Event().wait(0.5)
            begin = time.monotonic()
            node.process.terminate()
            check(node.process.wait(20) == 0, f"a node ended with {node.process.returncode}: {node.tail(5)}")
            node.start()
            cluster.await_joined()
            away.append(time.monotonic() - begin)
        load.stop()
        check(load.done, "nothing was written")
        await_no_client_work(cluster.nodes, 5)
        load.verify()
        load.report()
    figure("restart of a node, until all are one cluster again", away)


LONE = ("lone-a", "lone-b")  # indices of a shard each, on either node


@scenario
def a_write_waits_for_a_shard_whose_node_is_away_as_long_as_it_says(quell):
    with Cluster(quell, **SHORT_LEASE, **{"cluster.members.dead_after": "3s"}) as cluster:
        one, two = cluster.nodes
        for index in ("wide", *LONE):
            make_index(one, index, 6 if index == "wide" else 1)
        names = [f"{n}" for n in range(60)]
        two.process.terminate()
        check(two.process.wait(20) == 0, "a node did not end well")
        seconds, (status, answer) = timed(one.call, "POST", "/wide/_bulk?timeout=1s", bulk_body(names))
        told = Told(names, status, answer).only(UNAVAILABLE)
        check(told.done and told.undone, f"done {len(told.done)}, not {len(told.undone)}")
        check(0.9 <= seconds <= 1.0 + SLACK, f"a bulk with timeout=1s took {seconds:.2f} s")
        item = told.errors[UNAVAILABLE]
        check(item["status"] == 503 and "primary shard is not active Timeout: [1s]" in
              item["error"]["reason"], f"an item answers {item}")
        lacking = sorted(told.undone)[0]
        seconds, (status, answer) = timed(one.call, "PUT", f"/wide/_doc/{lacking}?timeout=500ms", "{}")
        check(status == 503 and answer["error"]["type"] == UNAVAILABLE, f"{status} {answer}")
        check(0.4 <= seconds <= 0.5 + SLACK, f"an index with timeout=500ms took {seconds:.2f} s")
        bulk = one.ask("POST", "/wide/_bulk?timeout=30s", bulk_body(sorted(told.undone)))
        stopped = one.ask("PUT", f"/wide/_doc/{lacking}?timeout=30s", "{}")
        waiting = listed(one, "indices:data/write/*", 2)
        check(waiting, "the waiting writes are not listed")
        one.call("POST", "/_tasks/_cancel?actions=indices:data/write/index")
        status, answer = stopped.result(2)
        check(status == 500 and answer["error"]["type"] == CANCELLED, f"{status} {answer}")
        two.start()
        late = Told(sorted(told.undone), *bulk.result(10))
        check(not late.errors, f"a bulk whose shard came back answers {late.errors}")
        check_stored(cluster.nodes, "wide", names, [])
        two.kill()  # nobody is told: it is noticed by its silence
        seconds, (status, answer) = timed(one.call, "POST", "/wide/_bulk?timeout=1s",
                                          bulk_body([f"k{name}" for name in names]))
        told = Told([f"k{name}" for name in names], status, answer).only(UNAVAILABLE, UNKNOWN)
        check(told.done and 0.9 <= seconds <= LOST + 1 + SLACK, f"after a kill: {seconds:.2f} s, {told.errors}")
        print(f"    a bulk to a node killed before took {seconds:.2f} s: {len(told.done)} done, "
              f"{len(told.undone)} not executed, {len(told.unknown)} unknown")
        seconds, (status, answer) = timed(one.call, "GET", f"/wide/_doc/{lacking}")
        check(status >= 500 and seconds <= LOST + SLACK, f"a get took {seconds:.2f} s: {status} {answer}")
        seconds, answer = timed(one.get, "/wide/_count")
        failures = answer["_shards"]["failures"]
        check(answer["_shards"]["failed"] == len(failures) == 3, f"_count in {seconds:.2f} s: {answer}")
        check(all(failure["index"] == "wide" and failure["status"] == "SERVICE_UNAVAILABLE"
                  for failure in failures), f"_count: {failures}")
        answers = sorted((one.call("GET", f"/{index}/_count") for index in LONE), key=lambda a: a[0])
        check([status for status, _ in answers] == [200, 503], f"counts of a shard each: {answers}")
        error = answers[1][1]["error"]
        check(error["reason"] == "all shards failed" and len(error["failed_shards"]) == 1, f"{error}")


@scenario
def data_of_an_index_that_was_deleted_while_its_node_was_away_are_dropped(quell):
    with Cluster(quell, **SHORT_LEASE) as cluster:
        one, two = cluster.nodes
        for index in ("wide", "kept"):
            make_index(one, index, 4)
            names = [f"{n}" for n in range(1000)]
            check(not one.call("POST", f"/{index}/_bulk", bulk_body(names))[1]["errors"], "a bulk failed")
        two.kill()
        status, answer = one.call("DELETE", "/wide?timeout=100ms")
        check(status == 200, f"{status} {answer}")
        state = one.get("/_cluster/state/metadata")
        buried = [stone["index"]["index_name"] for stone in state["metadata"]["index-graveyard"]["tombstones"]]
        check(buried == ["wide"], f"tombstones: {buried}")
        two.start()
        cluster.await_joined()
        said = str(two.tail(1000)).count("leftover data of a shard are dropped")
        check(said == 2, f"{said} shards were dropped")
        check_stored(cluster.nodes, "kept", names, [])
        two.kill()
        two.start()
        cluster.await_joined()
        said = str(two.tail(1000)).count("leftover data of a shard are dropped")
        check(said == 2, f"{said} shards were dropped")
