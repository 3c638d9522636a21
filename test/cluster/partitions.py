"""Networks that lose, slow down and break what nodes say to each other, under clients that write."""
import random
import subprocess
import threading
import time

from live_cluster import NATS_HOST, Cluster, check, run
from load import Load
from scenario import (CANCELLED, LONG, ROUNDS, SEED, UNAVAILABLE, UNKNOWN, Told, await_no_client_work,
                      await_progress, bulk_body, check_stored, ended_at, figure, id_of, in_history,
                      make_index, scenario, timed)

LEASE = 2.0
SHORT_LEASE = {"tasks.peer_lease": "2s"}
LOST = LEASE * 1.1
SLACK = 1.0


def break_connections(node, *which):
    """Every connection of a node ends, as by a gateway that forgot them, or those that `ss` means."""
    return run(*node.prefix, "ss", "--kill", "--tcp", "--numeric", "--no-header", "state", "established",
               *which)


def faults(cluster, rng):
    """One fault: its name, how it begins, and how it ends."""
    one, other = rng.sample(cluster.nodes, 2)
    return rng.choice([
        ("a partition", lambda: cluster.part(one, other), lambda: cluster.rejoin(one, other)),
        ("loss one way", lambda: cluster.cut(one, other), lambda: cluster.mend(one, other)),
        ("a freeze", one.freeze, one.thaw),
        ("a freeze of nats-server", cluster.nats.freeze, cluster.nats.thaw),
        ("loss to nats-server", lambda: cluster.cut(one, NATS_HOST), lambda: cluster.mend(one, NATS_HOST)),
        ("a slow link", lambda: cluster.slow(one, "1mbit"), lambda: cluster.slow(one, None)),
        ("broken connections", lambda: break_connections(one), lambda: break_connections(other)),
    ])


@scenario(network=True)
def partitions_and_freezes_leave_no_orphan_and_no_untruth(quell):
    rng, left, met = random.Random(SEED), [], []
    with Cluster(quell, count=3, network=True, **SHORT_LEASE) as cluster:
        make_index(cluster.nodes[0], "wide", 6)
        load = Load(cluster.nodes, "wide", SEED, writers=4)
        for _ in range(ROUNDS or 3):
            load.start()
            threading.Event().wait(rng.uniform(0.1, 0.5))
            name, begin, end = faults(cluster, rng)
            seconds = rng.uniform(0.2, 4.0 if ROUNDS or LONG else 2.5)
            begin()
            threading.Event().wait(seconds)
            end()
            load.stop()
            left.append(await_no_client_work(cluster.nodes, LEASE + 1 + SLACK))
            cluster.await_joined()
            met.append(f"{name} of {seconds:.1f} s")
        try:
            load.verify()
        finally:
            print("   ", ", ".join(met if len(met) < 20 else met[-3:]))
            load.report()
        check(load.done, "nothing was written")
    figure("answers to no task left", left)


@scenario(network=True)
def a_partition_in_the_middle_of_a_bulk_ends_both_sides_in_time(quell):
    ends, left = [], []
    with Cluster(quell, network=True, **SHORT_LEASE) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 6, refresh_interval="-1")
        done, undone, unknown = set(), set(), set()
        # Of the last one's beats some arrive, and it ends its children by itself: no echo does.
        cuts = [(cluster.part, LOST), (lambda a, b: cluster.cut(b, a), LOST), (cluster.cut, LEASE + LOST)]
        for number, (cut, most) in enumerate(cuts if LONG or ROUNDS else cuts[::2]):
            names = [f"{number}-{n}" for n in range(40_000)]
            bulk = one.ask("POST", "/wide/_bulk", bulk_body(names, "x" * 100))
            task = await_progress(one, 3000)
            begin, cut_at = time.monotonic(), time.time()
            cut(one, two)
            seconds, (status, answer) = timed(one.call, "POST", f"/_tasks/{id_of(task)}/_cancel")
            check(status == 200 and seconds <= 1.1, f"the cancel took {seconds:.2f} s: {answer}")
            told = Told(names, *bulk.result(most + 4)).only(CANCELLED, UNKNOWN, UNAVAILABLE)
            ends.append(ended_at(in_history(one, task)) - cut_at)
            check(ends[-1] <= most + 0.3, f"the parent ended {ends[-1]:.2f} s after the cut")
            # Over there, while it still cannot be reached.
            remaining = begin + LEASE + 0.3 - time.monotonic()
            await_no_client_work([two], max(0, remaining) + SLACK)
            left.append(time.monotonic() - begin)
            for source, target in ((one, two), (two, one)):
                subprocess.run([*source.prefix, "ip", "neighbour", "delete", target.settings["network.host"],
                                "dev", "eth0"], capture_output=True, timeout=20)
            cluster.await_joined()
            done |= told.done
            undone |= told.undone
            unknown |= told.unknown
        check_stored(cluster.nodes, "wide", done, undone, unknown)
        print(f"    {len(done)} done, {len(undone)} not executed, {len(unknown)} unknown")
    print("    cut to the end of the parent: "
          + ", ".join(f"{seconds:.2f} s" for seconds in ends))
    figure("cut to nothing left on the other side", left)


@scenario(network=True)
def connections_that_break_in_the_middle_of_a_bulk_cost_no_truth(quell):
    rng = random.Random(SEED)
    with Cluster(quell, network=True, **SHORT_LEASE) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 6, refresh_interval="-1")
        done, undone, unknown = set(), set(), set()
        for number in range(ROUNDS or 3):
            names = [f"{number}-{n}" for n in range(40_000)]
            bulk = one.ask("POST", "/wide/_bulk", bulk_body(names, "x" * 100))
            task = await_progress(one, rng.randrange(1000, 6000))
            broken = break_connections(one, "dst", two.settings["network.host"])
            check(broken, "no connection was broken")
            if rng.random() < 0.5:
                one.call("POST", f"/_tasks/{id_of(task)}/_cancel")
            told = Told(names, *bulk.result(LOST + 8)).only(CANCELLED, UNKNOWN, UNAVAILABLE)
            done |= told.done
            undone |= told.undone
            unknown |= told.unknown
            await_no_client_work(cluster.nodes, LEASE + 1 + SLACK)
            cluster.await_joined()
        print(f"    {len(done)} done, {len(undone)} not executed, {len(unknown)} unknown")
        check_stored(cluster.nodes, "wide", done, undone, unknown)
