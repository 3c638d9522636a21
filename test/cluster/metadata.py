"""What all nodes agree on: while its server is away, when the manager is, and who may join."""
import shutil
import threading
import time

from live_cluster import Cluster, ClusterNode, check, run, until
from load import Load
from scenario import (LONG, await_no_client_work, bulk_body, check_stored, count, figure, make_index,
                      scenario, timed)

SHORT = {"tasks.peer_lease": "2s", "cluster.members.dead_after": "3s"}
HEALTH = "/_cluster/health"
CHANGE_SECONDS = 5.0   # until a change of the cluster is refused


def metadata(node):
    """All that a node knows of the cluster, in the same words on each."""
    indices = node.get("/_all")
    nodes = node.get("/_cat/nodes?format=json&h=name,node.role,cluster_manager&full_id=true&s=name")
    return {"indices": indices, "nodes": nodes, "manager": manager(node)}


def manager(node):
    return node.get("/_cat/cluster_manager?format=json")[0]["node"]


def same_metadata(nodes):
    first, *rest = [metadata(node) for node in nodes]
    return all(other == first for other in rest)


def all_work(nodes, lists, cancels, refused):
    """One look at each node while nats-server is away."""
    for node in nodes:
        health = node.get(HEALTH)
        check(health["number_of_nodes"] == len(nodes), f"a node was declared dead: {health}")
        seconds, answer = timed(node.get, "/_tasks")
        check(len(answer["nodes"]) == len(nodes) and "node_failures" not in answer, f"a list: {answer}")
        lists.append(seconds)
        seconds, (status, answer) = timed(node.call, "POST", "/_tasks/_cancel?actions=nothing*")
        check(status == 200 and answer["node_failures"] == [], f"a cancel: {status} {answer}")
        cancels.append(seconds)
    seconds, (status, answer) = timed(nodes[len(refused) % 2].call, "PUT", f"/new{len(refused)}")
    check(status == 503, f"PUT of an index without nats-server answered {status} {answer}")
    check("cannot be reached" in str(answer["error"]), f"it is not clear why: {answer}")
    check(seconds <= CHANGE_SECONDS, f"PUT of an index was refused after {seconds:.2f} s")
    refused.append(seconds)


def without_nats(quell, away, take, give_back):
    with Cluster(quell, **SHORT) as cluster:
        nodes = cluster.nodes
        make_index(nodes[0], "wide", 6)
        load = Load(nodes, "wide", "nats", writers=2, cancellers=1).start()
        until("the first documents", lambda: load.done, 10)  # and with them their mapping
        lists, cancels, refused = [], [], []
        begin = time.monotonic()
        take(cluster.nats)
        while time.monotonic() - begin < away:
            before = len(load.done)
            all_work(nodes, lists, cancels, refused)
            until("a write is done meanwhile", lambda: len(load.done) > before, 2)
        give_back(cluster.nats)
        back = time.monotonic()
        until("an index can be made again",
              lambda: nodes[1].call("PUT", "/later")[0] in (200, 400), 15, 0.1)
        until("both know it", lambda: all(node.call("HEAD", "/later")[0] == 200 for node in nodes), 5)
        recovered = time.monotonic() - back
        while time.monotonic() - back < 4:  # longer than a node is thought to live without a beat
            threading.Event().wait(0.5)
            for node in nodes:
                health = node.get(HEALTH)
                check(health["number_of_nodes"] == 2, f"a node was declared dead afterwards: {health}")
        load.stop()
        await_no_client_work(nodes, 5)
        check(same_metadata(nodes), f"{[metadata(node) for node in nodes]}")
        load.verify()
        load.report()
    figure("list meanwhile", lists)
    figure("cancel meanwhile", cancels)
    figure("refusal of a new index", refused)
    print(f"    {recovered:.2f} s from its return to a new index on both nodes")


@scenario
def work_goes_on_while_nats_server_is_dead(quell):
    without_nats(quell, 60 if LONG else 4.5, lambda nats: nats.kill(), lambda nats: nats.start())


@scenario
def work_goes_on_while_nats_server_is_frozen(quell):
    without_nats(quell, 60 if LONG else 4.5, lambda nats: nats.freeze(), lambda nats: nats.thaw())


@scenario
def an_old_manager_that_wakes_up_undoes_nothing(quell):
    with Cluster(quell, **SHORT) as cluster:
        one, two = cluster.nodes
        make_index(one, "before", 2)
        make_index(one, "doomed", 2)
        old = next(node for node in cluster.nodes if node.settings["node.name"] == manager(one))
        new = two if old is one else one
        old.freeze()
        begin = time.monotonic()
        until("another manager", lambda: manager(new) == new.settings["node.name"], 30, 0.1)
        until("the old one is taken out",
              lambda: new.get(HEALTH)["number_of_nodes"] == 1, 30, 0.1)
        took = time.monotonic() - begin
        make_index(new, "meanwhile", 2)
        check(new.call("DELETE", "/doomed")[0] == 200, "an index cannot be deleted")
        known = new.get("/_all")
        old.thaw()
        begin = time.monotonic()
        for node in (one, two):
            until("it has joined again", lambda node=node: node.get(HEALTH)["number_of_nodes"] == 2, 30, 0.1)
        rejoined = time.monotonic() - begin
        until(lambda: f"both know the same: {metadata(one)} {metadata(two)}",
              lambda: same_metadata((one, two)), 5)
        check(new.get("/_all") == known, f"something was undone: {new.get('/_all')}")
        check(manager(new) == new.settings["node.name"], "the old manager took its place back")
        cluster.await_joined()
        names = [f"{n}" for n in range(40)]
        for index in ("before", "meanwhile"):
            status, answer = old.call("POST", f"/{index}/_bulk", bulk_body(names))
            check(status == 200 and not answer["errors"], f"a bulk afterwards: {answer}")
            check_stored((one, two), index, names, [])
    print(f"    a new manager, and the old one taken out, {took:.1f} s after it froze, dead_after is 3 s; "
          f"back {rejoined:.1f} s after it woke")


def refused_start(node):
    """What a node that must not start says."""
    node.launch()
    until("it gives up", lambda: not node.alive(), 20)
    node.reader.join(5)
    code = node.process.returncode
    check(code == 1, f"it ended with {code}: {node.tail(5)}")
    return node.tail(5)


@scenario
def two_nodes_with_copies_of_one_directory_are_not_both_let_in(quell):
    with Cluster(quell, **SHORT) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 4)
        names = [f"{n}" for n in range(100)]
        check(not one.call("POST", "/wide/_bulk", bulk_body(names))[1]["errors"], "the bulk failed")
        extra = ClusterNode(quell, **{**two.settings, "path.data": two.folder + "/copy", "http.port": 0,
                                      "transport.port": 0, "node.name": "copy"})
        two.freeze()  # so that no file goes while it is copied
        try:
            shutil.copytree(two.settings["path.data"], extra.settings["path.data"])
        finally:
            two.thaw()
        try:
            seconds, said = timed(refused_start, extra)
        finally:
            extra.stop()
        check("another live node has the id" in said and "is it a copy?" in said, f"it says: {said}")
        check(two.alive() and one.get(HEALTH)["number_of_nodes"] == 2, "the first one suffered")
        check_stored(cluster.nodes, "wide", names, [])
        print(f"    refused after {seconds:.1f} s")
        alone = ClusterNode(quell, **two.settings)
        del alone.settings["cluster.nats.url"]
        two.process.terminate()
        two.process.wait(20)
        try:
            said = refused_start(alone)
        finally:
            alone.stop()
        check("belongs to a cluster of several nodes" in said and "cluster.nats.url" in said, said)
        two.start()
        cluster.await_joined()
        check_stored(cluster.nodes, "wide", names, [])


@scenario
def a_node_that_was_alone_brings_its_indices_into_a_cluster(quell):
    with Cluster(quell, count=1, **SHORT) as cluster:
        one = cluster.nodes[0]
        make_index(one, "there", 2)
        single = ClusterNode(quell, **{"node.name": "opensearch-node2"})
        cluster.nodes.append(single)
        single.start()
        make_index(single, "mine", 3)
        single.call("PUT", "/mine/_mapping", {"properties": {"name": {"type": "keyword"}}})
        names = [f"{n}" for n in range(200)]
        check(not single.call("POST", "/mine/_bulk", bulk_body(names))[1]["errors"], "the bulk failed")
        before = single.get("/mine")
        single.process.terminate()
        check(single.process.wait(20) == 0, "it did not end well")
        single.settings.update({**SHORT, "cluster.nats.url": cluster.nats.url, "transport.port": 0})
        single.start()
        cluster.await_joined()
        for node in cluster.nodes:
            check(node.get("/mine") == before, f"the index is now {node.get('/mine')}, was {before}")
            check(node.call("HEAD", "/there")[0] == 200, "the cluster's index is not known")
        check_stored(cluster.nodes, "mine", names, [])
        more = [f"more-{n}" for n in range(200)]
        for index in ("mine", "there"):
            status, answer = one.call("POST", f"/{index}/_bulk", bulk_body(more))
            check(status == 200 and not answer["errors"], f"a bulk afterwards: {answer}")
        check(count(one, "mine") == 400 and count(single, "there") == 200, "documents are missing")
        check("does not know" not in str(single.tail(1000)), "it takes what it brings for a leftover")


@scenario
def clocks_that_differ_by_an_hour_do_not_matter(quell):
    prefix = ["unshare", "--time", "--boottime", "3600", "--monotonic", "3600"]
    run(*prefix, "true")
    with Cluster(quell, **SHORT) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 6)
        two.process.terminate()
        two.process.wait(20)
        two.prefix = prefix
        two.start()
        cluster.await_joined()
        with open(f"/proc/{two.process.pid}/timens_offsets") as offsets:
            check("3600" in offsets.read(), "its clock does not differ")
        load = Load(cluster.nodes, "wide", "clocks").start()
        threading.Event().wait(2.2)  # longer than a lease
        for node in cluster.nodes:
            check(node.get(HEALTH)["number_of_nodes"] == 2, "a node was declared dead")
        load.stop()
        check(load.done and not load.unknown and not load.unanswered, f"{load.told}")
        await_no_client_work(cluster.nodes, 5)
        load.verify()
        load.report()


def fill(node, index):
    make_index(node, index, 2)
    names = [f"{index}-{n}" for n in range(200)]
    check(not node.call("POST", f"/{index}/_bulk", bulk_body(names))[1]["errors"], "a bulk failed")
    return names


def refusal(node, index):
    status, answer = node.call("PUT", f"/{index}")
    check(status == 503, f"PUT /{index} answered {status} {answer}")
    return answer["error"]["reason"]


@scenario
def older_data_of_nats_server_are_never_taken_for_what_was_there(quell):
    with Cluster(quell, **SHORT) as cluster:
        one, two = cluster.nodes
        nats, older = cluster.nats, cluster.nats.folder + "-older"
        kept = fill(one, "kept")
        nats.kill()
        shutil.copytree(nats.folder, older)
        nats.start()
        until("metadata can be written", lambda: one.call("PUT", "/again")[0] == 200, 10)
        lost = fill(one, "lost")
        nats.kill()
        shutil.rmtree(nats.folder)
        shutil.move(older, nats.folder)
        nats.start()
        for node in cluster.nodes:
            until("it is said", lambda: "nats-server has lost" in refusal(node, f"x-{node.id.lower()}"), 10)
        check_stored(cluster.nodes, "lost", lost, [])  # what runs goes on
        for node in cluster.nodes:
            node.kill()
        for node in cluster.nodes:
            node.start()
        cluster.await_joined()
        check(one.call("GET", "/lost")[0] == 404, "the metadata are not the older ones")
        check_stored(cluster.nodes, "kept", kept, [])
        check_stored(cluster.nodes, "lost", fill(one, "lost"), [])
        for index in range(6):
            fill(two, f"new{index}")
            one.call("POST", f"/new{index}/_refresh")
            found = one.get(f"/new{index}/_count")["count"]
            check(found == 200, f"a new index shows {found} documents")
        said = one.tail(1000) + two.tail(1000)
        check("data of an index that the cluster does not know" in str(said), "nobody said what is left")
