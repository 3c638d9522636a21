"""Networks that lose, slow down and break what nodes say to each other, under clients that write."""
import os
import random
import subprocess
import threading
import time

from live_cluster import NATS_HOST, Cluster, check
from load import Load
from scenario import (CANCELLED, UNAVAILABLE, UNKNOWN, Told, await_no_client_work, await_progress, bulk_body,
                      check_stored, figure, id_of, make_index, scenario, timed)

ROUNDS = int(os.environ.get("ROUNDS", 5))
SEED = int(os.environ.get("SEED", 20250101))
LEASE = 2.0
SHORT_LEASE = {"tasks.peer_lease": "2s"}
LOST = LEASE * 1.1
SLACK = 1.0


def break_connections(node):
    """Every connection of a node ends, as by a gateway that forgot them. False: not possible here."""
    done = subprocess.run([*node.prefix, "ss", "--kill", "--tcp", "state", "established"],
                          capture_output=True, text=True, timeout=20)
    return done.returncode == 0


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
        for _ in range(ROUNDS):
            load.start()
            threading.Event().wait(rng.uniform(0.1, 0.5))
            name, begin, end = faults(cluster, rng)
            seconds = rng.uniform(0.2, 4.0)
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
        for number, (cut, most) in enumerate([
                (cluster.part, LOST), (lambda a, b: cluster.cut(b, a), LOST),
                # Its beats arrive, and echoes are sent that do not: it ends its children by itself.
                (cluster.cut, LEASE + LOST)]):
            names = [f"{number}-{n}" for n in range(60_000)]
            bulk = one.ask("POST", "/wide/_bulk", bulk_body(names, "x" * 100))
            task = await_progress(one, 3000)
            begin, cut_at = time.monotonic(), time.time()
            cut(one, two)
            seconds, (status, answer) = timed(one.call, "POST", f"/_tasks/{id_of(task)}/_cancel")
            check(status == 200 and seconds <= 1.1, f"the cancel took {seconds:.2f} s: {answer}")
            told = Told(names, *bulk.result(most + 4)).only(CANCELLED, UNKNOWN, UNAVAILABLE)
            entry = next(entry for entry in one.get("/_tasks/_history?actions=indices:data/write/bulk")["tasks"]
                         if id_of(entry) == id_of(task))
            ends.append(entry["start_time_in_millis"] / 1e3 + entry["running_time_in_nanos"] / 1e9 - cut_at)
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
    print("    cut to the end of the parent, both ways, from it, to it: "
          + ", ".join(f"{seconds:.2f} s" for seconds in ends))
    figure("cut to nothing left on the other side", left)
