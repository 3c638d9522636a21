"""Cancels over nodes that are all well."""
import time

from live_cluster import Cluster, check
from scenario import (CANCELLED, HELD, Told, await_no_client_work, await_progress, bulk_body,
                      check_stored, client_tasks, figure, hold_bulk, id_of, listed, make_index,
                      scenario, timed)

ROLES = ["cluster_manager", "data", "ingest", "remote_cluster_client"]
DOCUMENTED = "/_tasks/_cancel?nodes=opensearch-node1,opensearch-node2"


def check_documented(answer, nodes, attributes):
    """Field by field, in the documented order; OpenSearch's further fields follow."""
    check(list(answer) == ["node_failures", "nodes"], f"the answer has {list(answer)}")
    check(answer["node_failures"] == [], f"node_failures is {answer['node_failures']}")
    check(set(answer["nodes"]) == {node.id for node in nodes},
          f"of the nodes {[node.id for node in nodes]} the answer has {answer['nodes']}")
    work = [("indices:data/write/bulk", "bulk request to [test_index]"),
            ("indices:data/write/update", "updating document in [another_index]")]
    for node, (action, description) in zip(nodes, work):
        told = answer["nodes"][node.id]
        check(list(told) == ["name", "transport_address", "host", "ip", "roles", "attributes", "tasks"],
              f"a node has {list(told)}")
        address = told["transport_address"]
        check(address.startswith("127.0.0.1:"), f"transport_address is {address}")
        expected = {"name": node.settings["node.name"], "transport_address": address,
                    "host": "127.0.0.1", "ip": address, "roles": ROLES, "attributes": attributes}
        check({key: told[key] for key in expected} == expected, f"a node is told as {told}")
        for key, task in told["tasks"].items():
            check(key == id_of(task) and task["node"] == node.id, f"under {key} is {task}")
            check(task["cancelled"] and task["cancellable"], f"not cancelled: {task}")
        tops = [task for task in told["tasks"].values() if "parent_task_id" not in task]
        check(len(tops) == 1, f"{node.settings['node.name']} tells of {told['tasks']}")
        check_task(tops[0], action, description)


def check_task(task, action, description):
    check(list(task) == ["node", "id", "type", "action", "status", "description", "start_time_in_millis",
                         "running_time_in_nanos", "cancellable", "cancelled", "headers",
                         "cancellation_time_millis"], f"a task has {list(task)}")
    expected = {"type": "transport", "action": action, "status": "cancelled", "description": description,
                "cancellable": True, "cancelled": True, "headers": {}}
    check({key: task[key] for key in expected} == expected, f"a task is told as {task}")
    for key in ("id", "start_time_in_millis", "running_time_in_nanos", "cancellation_time_millis"):
        check(type(task[key]) is int and task[key] > 0, f"{key} is {task[key]!r}")
    check(abs(task["start_time_in_millis"] - 1000 * time.time()) < 60_000, f"it began at {task}")


def begin_documented_work(nodes, serial):
    one, two = nodes
    bulk = hold_bulk(one, "test_index", [f"{serial}-{n}" for n in range(20)])
    update = two.ask("POST", f"/another_index/_update/1?{HELD}", {"doc": {"serial": serial}})
    # The bulk has children on both nodes; one writes where the document is.
    listed(one, "indices:data/write/bulk[s]", 3)
    listed(one, "indices:data/write/update[s]", 1)
    return bulk, update


def check_documented_ends(nodes, bulk, update, serial):
    names = [f"{serial}-{n}" for n in range(20)]
    told = Told(names, *bulk.result(5)).only(CANCELLED)
    check(len(told.undone) == 20, f"of a bulk that waited {len(told.done)} are done")
    check(told.errors[CANCELLED]["error"] == {
        "type": CANCELLED, "reason": "cancelled task with reason: by user request, not executed"},
          f"an item answers {told.errors[CANCELLED]}")
    status, answer = update.result(5)
    check(status == 500 and answer["error"]["type"] == CANCELLED, f"update: {status} {answer}")
    await_no_client_work(nodes, 5)
    check_stored(nodes, "test_index", [], names)


@scenario
def the_documented_example_stops_a_bulk_and_an_update_on_two_nodes(quell):
    with Cluster(quell) as cluster:
        nodes = cluster.nodes
        make_index(nodes[0], "test_index", 2)
        make_index(nodes[0], "another_index")
        nodes[0].call("PUT", "/another_index/_doc/1", {"serial": 0})
        took = []
        for serial in range(1, 21):  # sent to each node in turn
            bulk, update = begin_documented_work(nodes, serial)
            seconds, (status, answer) = timed(nodes[serial % 2].call, "POST", DOCUMENTED)
            took.append(seconds)
            check(status == 200, f"the cancel answered {status} {answer}")
            check_documented(answer, nodes, {})
            check_documented_ends(nodes, bulk, update, serial)
        check(nodes[1].get("/another_index/_doc/1")["_source"] == {"serial": 0}, "the update was done")
        figure("documented cancel, asked to answered", took)


@scenario
def the_documented_example_names_a_bulk_whose_only_shard_is_on_the_other_node(quell):
    with Cluster(quell) as cluster:
        one, two = cluster.nodes
        make_index(one, "another_index")
        make_index(one, "test_index")
        one.call("PUT", "/another_index/_doc/1", {"serial": 0})
        shard = hold_bulk(one, "test_index", ["probe"])
        home = listed(one, "indices:data/write/bulk[s]")[0]["node"]
        one.call("POST", "/_tasks/_cancel")
        shard.result(5)
        runs, other = (one, two) if home == two.id else (two, one)
        for _ in range(20):
            bulk = hold_bulk(runs, "test_index", ["a", "b"])
            listed(one, "indices:data/write/bulk[s]")
            _, answer = other.call("POST", DOCUMENTED)
            told = [task["action"] for node in answer["nodes"].values() for task in node["tasks"].values()]
            check("indices:data/write/bulk" in told,
                  f"the bulk was stopped and is not in the answer, which tells of {told}")
            Told(["a", "b"], *bulk.result(5)).only(CANCELLED)
            await_no_client_work(cluster.nodes, 5)


def named_by_cancel(node, query):
    """The nodes whose tasks it would stop."""
    status, answer = node.call("POST", f"/_tasks/_cancel?dry_run=true&{query}")
    check(status == 200, f"{query} answered {status} {answer}")
    check(answer["node_failures"] == [], f"{query} has failures: {answer}")
    return {told["name"] for told in answer["nodes"].values()}


def named_by_list(node, query):
    answer = node.get(f"/_tasks?actions=indices:*&{query}")
    check("node_failures" not in answer, f"{query} has failures: {answer}")
    return {told["name"] for told in answer["nodes"].values()}


@scenario
def nodes_are_meant_by_name_id_wildcard_role_and_attribute(quell):
    of_node = {0: {"node.attr.zone": "a"},
               1: {"node.attr.zone": "b", "node.roles": "cluster_manager,ingest"}}
    with Cluster(quell, of_node=of_node) as cluster:
        one, two = cluster.nodes
        make_index(one, "test_index", 2)
        work = [hold_bulk(node, "test_index", ["a", "b", "c", "d"]) for node in cluster.nodes]
        listed(one, "indices:data/write/bulk", 2)
        listed(one, "indices:data/write/bulk[s]", 4)
        both, first, second = {"opensearch-node1", "opensearch-node2"}, {"opensearch-node1"}, \
            {"opensearch-node2"}
        for asked, query, meant in [
                (one, "nodes=opensearch-node2", second), (two, "nodes=opensearch-node1", first),
                (one, f"nodes={two.id}", second), (two, f"nodes={one.id},opensearch-node2", both),
                (one, "nodes=opensearch-*", both), (two, "nodes=*node1", first),
                (one, "nodes=_local", first), (two, "nodes=_local", second),
                (one, "nodes=_all", both), (one, "", both),
                (one, "nodes=data:true", first), (one, "nodes=data:false", set()),
                (one, "nodes=_all,data:false", second), (two, "nodes=ingest:true", both),
                (two, "nodes=zone:a", first), (one, "nodes=zone:b", second), (one, "nodes=zone:*", both),
                (one, "nodes=nobody", set()), (two, "nodes=nobody,opensearch-node1", first)]:
            got = named_by_cancel(asked, query)
            check(got == meant, f"a cancel with [{query}] meant {got}, not {meant}")
            got = named_by_list(asked, query)
            check(got == meant, f"a list with [{query}] meant {got}, not {meant}")
        told = two.get("/_tasks?nodes=opensearch-node1&actions=indices:data/write/bulk")
        status, answer = two.call("POST", "/_tasks/_cancel?nodes=zone:a&actions=indices:data/write/bulk")
        check(answer["nodes"][one.id]["attributes"] == {"zone": "a"}, f"attributes are told as {answer}")
        check("attributes" in told["nodes"][one.id], f"a list has no attributes: {told}")
        Told(["a", "b", "c", "d"], *work[0].result(5)).only(CANCELLED)
        check(work[1].status is None, "a bulk on the other node was stopped, too")
        one.call("POST", "/_tasks/_cancel?nodes=_all,data:false")
        Told(["a", "b", "c", "d"], *work[1].result(5)).only(CANCELLED)
        await_no_client_work(cluster.nodes, 5)


@scenario
def a_cancel_sent_to_another_node_leaves_no_descendant_and_the_items_tell_the_truth(quell):
    with Cluster(quell) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 6, refresh_interval="-1")
        done, undone, took, gone = set(), set(), [], []
        for number in range(4):
            runs, other = (one, two) if number % 2 == 0 else (two, one)
            names = [f"{number}-{n}" for n in range(60_000)]
            bulk = runs.ask("POST", "/wide/_bulk", bulk_body(names, "x" * 300))
            task = await_progress(other, 500 + 1500 * number)
            children = [child for child in client_tasks(other) if child.get("parent_task_id") == id_of(task)]
            homes = {child["node"] for child in children}
            check(homes == {one.id, two.id}, f"the children are on {homes}")
            begin = time.monotonic()
            seconds, (status, answer) = timed(other.call, "POST", f"/_tasks/{id_of(task)}/_cancel")
            took.append(seconds)
            check(status == 200 and answer["node_failures"] == [] and "task_failures" not in answer,
                  f"the cancel answered {status} {answer}")
            check(id_of(task) in answer["nodes"][task["node"]]["tasks"], f"it is not told: {answer}")
            await_no_client_work((two, one), 5)
            gone.append(time.monotonic() - begin)
            told = Told(names, *bulk.result(5)).only(CANCELLED)
            check(told.done and told.undone, f"not in the middle: {len(told.done)} of {len(names)} done")
            done |= told.done
            undone |= told.undone
        check_stored(cluster.nodes, "wide", done, undone)
        figure("cancel of a bulk on the other node, asked to answered", took)
        figure("cancel to no descendant listed", gone)
        print(f"    {len(done)} documents done, {len(undone)} not executed")
