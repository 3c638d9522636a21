"""One node of two is silent: frozen, as by a debugger, a full disk or a pause of the machine."""
import threading
import time

from live_cluster import Cluster, check, until
from scenario import (CANCELLED, CANCEL_SECONDS, LEASE, LIST_SECONDS, LOST, UNKNOWN, Told,
                      await_no_client_work, await_progress, bulk_body, check_stored, ended_at, figure,
                      hold_bulk, id_of, in_history, listed, make_index, scenario, stored, timed)

UNIT = 200   # operations that are written at once, at most
SLACK = 1.0  # for a loaded machine, beside what is promised


def run_bulk(node, names, operations, filler):
    """A bulk over both nodes in its middle: the request, and its task as `node` lists it."""
    bulk = node.ask("POST", "/wide/_bulk", bulk_body(names, filler))
    return bulk, await_progress(node, operations)


def failures_by_node(answer):
    return {failure["node_id"]: failure["caused_by"]["type"] for failure in answer["node_failures"]}


def check_cancel_in_silence(one, two, task):
    """`two` is frozen. The cancel is prompt, the task is listed, and its children there are named."""
    children = [child for child in one.tasks("timeout=200ms&actions=indices:data/write/bulk*")
                if child["node"] == two.id]
    check(not children, f"a frozen node told of {children}")
    seconds, (status, answer) = timed(one.call, "POST", f"/_tasks/{id_of(task)}/_cancel")
    check(status == 200 and seconds <= CANCEL_SECONDS, f"the cancel took {seconds:.2f} s: {answer}")
    told = answer["nodes"][one.id]["tasks"][id_of(task)]
    check(told["cancelled"], f"the bulk is listed as {told}")
    named = answer.get("task_failures", [])
    check({failure["status"] for failure in named} <= {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"},
          f"task_failures are {named}")
    check(len(named) == 3, f"three children are on the silent node, named are {named}")
    check(all(f"[{two.id}" in f"[{failure['reason']['reason']}" or two.id in str(failure)
              for failure in named), f"not the silent node's: {named}")
    return seconds


def settle_after_thaw(nodes, told, thawed):
    """Nothing is left soon, nothing grows then, and no unit of writing was begun meanwhile."""
    one, two = nodes
    first = stored(two, "wide", told.unknown)
    await_no_client_work(nodes, thawed + LEASE + 1 + SLACK - time.monotonic())
    seconds = time.monotonic() - thawed
    ended = stored(two, "wide", told.unknown)
    # One unit a shard had been begun, and the result of another may have been under way.
    check(len(ended) - len(first) <= 3 * UNIT, f"{len(ended) - len(first)} operations after the thaw")
    check(len(ended) <= 3 * 2 * UNIT, f"{len(ended)} of {len(told.unknown)} unknown operations are done")
    threading.Event().wait(1.0)
    check(stored(two, "wide", told.unknown) == ended, "an effect of a task that is not there any more")
    return seconds, len(ended), len(ended) - len(first)


def silence(quell, pause, rounds):
    cancels, ends, left, begun = [], [], [], []
    with Cluster(quell) as cluster:
        one, two = nodes = cluster.nodes
        make_index(one, "wide", 6, refresh_interval="-1")
        done, undone, unknown = set(), set(), set()
        for number in range(rounds):
            names = [f"{number}-{n}" for n in range(100_000)]
            bulk, task = run_bulk(one, names, 3000, "x" * 40)
            two.freeze()
            frozen, frozen_at = time.monotonic(), time.time()
            cancels.append(check_cancel_in_silence(one, two, task))
            told = Told(names, *bulk.result(LOST + 4)).only(CANCELLED, UNKNOWN)
            check(told.done and told.unknown, f"done {len(told.done)}, unknown {len(told.unknown)}")
            entry = in_history(one, task)
            check(entry["cancelled"] and two.id in str(entry), f"the history has {entry}")
            check(entry.get("outcome") == "unconfirmed", f"the history has {entry}")
            ended = ended_at(entry) - frozen_at
            check(LOST - 0.6 <= ended <= LOST + 0.3, f"the parent ended {ended:.2f} s after the freeze")
            ends.append(ended)
            threading.Event().wait(max(0, frozen + pause - time.monotonic()))
            two.thaw()
            seconds, there, late = settle_after_thaw(nodes, told, time.monotonic())
            left.append(seconds)
            begun.append((there, late))
            done |= told.done
            undone |= told.undone
            unknown |= told.unknown
        cluster.await_joined()
        check_stored(nodes, "wide", done, undone, unknown)
    figure("cancel with a child's node frozen", cancels)
    figure("freeze to the end of the parent", ends)
    figure("thaw to nothing left on any node", left)
    print(f"    of {len(unknown)} unknown operations (done, of these after the thaw): {begun}")


@scenario
def a_cancel_over_a_frozen_node_is_prompt_and_nothing_begins_there_after_the_lease(quell):
    silence(quell, pause=LOST + 1, rounds=1)


@scenario(long=True)
def nothing_begins_on_a_node_that_was_frozen_for_a_minute(quell):
    silence(quell, pause=60, rounds=2)


@scenario
def a_silence_shorter_than_the_lease_costs_nothing(quell):
    with Cluster(quell) as cluster:
        one, two = cluster.nodes
        make_index(one, "wide", 6, refresh_interval="-1")
        names = [f"{n}" for n in range(60_000)]
        bulk, _ = run_bulk(one, names, 2000, "x" * 300)
        two.freeze()
        threading.Event().wait(2.0)
        two.thaw()
        told = Told(names, *bulk.result(60))
        check(not told.errors, f"a short silence cost {told.errors}")
        check_stored(cluster.nodes, "wide", told.done, [])


@scenario
def lists_gets_and_waits_span_both_nodes(quell):
    with Cluster(quell) as cluster:
        one, two = cluster.nodes
        make_index(one, "test_index", 2)
        bulk = hold_bulk(one, "test_index", ["a", "b", "c", "d"])
        parent = listed(two, "indices:data/write/bulk")[0]
        children = listed(two, "indices:data/write/bulk[s]", 2)
        check({child["node"] for child in children} == {one.id, two.id}, f"children are {children}")
        check({child["parent_task_id"] for child in children} == {id_of(parent)}, f"{children}")
        of_parent = two.tasks(f"parent_task_id={id_of(parent)}")
        check({id_of(task) for task in of_parent} == {id_of(child) for child in children}, f"{of_parent}")
        tree = two.get("/_tasks?group_by=parents&actions=indices:*")["tasks"]
        check(list(tree) == [id_of(parent)], f"grouped by parents: {tree}")
        check({id_of(child) for child in tree[id_of(parent)]["children"]}
              == {id_of(child) for child in children}, f"grouped by parents: {tree}")
        by_node = one.get("/_tasks?actions=indices:*")["nodes"]
        check({node: set(told["tasks"]) for node, told in by_node.items()}
              == {one.id: {id_of(parent)} | {id_of(c) for c in children if c["node"] == one.id},
                  two.id: {id_of(c) for c in children if c["node"] == two.id}}, f"by node: {by_node}")
        got = two.get(f"/_tasks/{id_of(parent)}")
        check(not got["completed"] and id_of(got["task"]) == id_of(parent)
              and got["task"]["description"] == "bulk request to [test_index]", f"get: {got}")
        status, answer = two.call("GET", f"/_tasks/{id_of(parent)}?wait_for_completion=true&timeout=300ms")
        check(status == 504 and id_of(parent) in answer["error"]["reason"], f"get: {status} {answer}")
        waits = [two.ask("GET", f"/_tasks/{id_of(parent)}?wait_for_completion=true"),
                 one.ask("GET", f"/_tasks/{id_of(children[0])}?wait_for_completion=true"),
                 one.ask("GET", f"/_tasks/{id_of(children[1])}?wait_for_completion=true"),
                 two.ask("GET", "/_tasks?actions=indices:data/write/bulk&wait_for_completion=true")]
        waiting = listed(one, "cluster:monitor/task*", 5)
        check(waiting and all(wait.status is None for wait in waits), "a wait is over before its task")
        status, answer = two.call("POST", f"/_tasks/{id_of(parent)}/_cancel?wait_for_completion=true")
        check(status == 200 and id_of(parent) in answer["nodes"][one.id]["tasks"], f"cancel: {answer}")
        for wait in waits:
            status, answer = wait.result(5)
            check(status == 200, f"a wait answered {status} {answer}")
        Told(["a", "b", "c", "d"], *bulk.result(5)).only(CANCELLED)
        status, answer = two.call("GET", f"/_tasks/{id_of(parent)}")
        check(status == 404, f"get of an ended task: {status} {answer}")


@scenario
def lists_and_cancels_are_bounded_and_name_the_silent_node(quell):
    lists, cancels = [], []
    with Cluster(quell, **{"tasks.peer_lease": "2s"}) as cluster:
        one, two = cluster.nodes
        make_index(one, "test_index", 2)
        two.freeze()
        begin = time.monotonic()
        while time.monotonic() - begin < 3.5:  # while it is believed to be there, and after
            bulk = one.ask("POST", "/test_index/_bulk?timeout=1s", bulk_body(["a"]))
            seconds, (_, answer) = timed(one.call, "POST", "/_tasks/_cancel?actions=indices:*")
            cancels.append(seconds)
            check(seconds <= CANCEL_SECONDS, f"a cancel took {seconds:.2f} s")
            check(set(failures_by_node(answer)) == {two.id}, f"a cancel tells {answer['node_failures']}")
            seconds, answer = timed(one.get, "/_tasks?timeout=1s")
            check(set(failures_by_node(answer)) == {two.id}, f"a list tells {answer}")
            check(one.id in answer["nodes"], f"a list is without its own node: {answer}")
            check(seconds <= 1.5, f"a list with timeout=1s took {seconds:.2f} s")
            bulk.result(LOST + 4)
        seconds, answer = timed(one.get, "/_tasks")
        lists.append(seconds)
        check(seconds <= LIST_SECONDS and set(failures_by_node(answer)) == {two.id}, f"{seconds} {answer}")
        seconds, (status, answer) = timed(one.call, "GET", f"/_tasks/{two.id}:1")
        check(seconds <= LIST_SECONDS and status >= 500, f"get took {seconds:.2f} s: {status} {answer}")
        seconds, (status, answer) = timed(one.call, "POST", f"/_tasks/{two.id}:1/_cancel")
        check(seconds <= CANCEL_SECONDS and set(failures_by_node(answer)) == {two.id}, f"{answer}")
        two.thaw()
        cluster.await_joined()
        two.freeze()
        seconds, answer = timed(one.get, "/_tasks")
        lists.append(seconds)
        check(seconds <= LIST_SECONDS and set(failures_by_node(answer)) == {two.id}, f"{seconds} {answer}")
        two.thaw()
        cluster.await_joined()
        await_no_client_work(cluster.nodes, 10)
    figure("cancels with a silent node", cancels)
    figure("lists with a silent node", lists)


@scenario
def the_result_of_a_task_is_read_when_its_node_is_gone(quell):
    with Cluster(quell, of_node={1: {"node.roles": "cluster_manager,ingest"}},
                 **{"cluster.members.dead_after": "3s"}) as cluster:
        one, two = cluster.nodes
        task = {"node": two.id, "id": 77, "type": "transport", "action": "indices:data/write/reindex",
                "description": "reindex from [a] to [b]", "start_time_in_millis": 1, "headers": {},
                "running_time_in_nanos": 5, "cancellable": True, "cancelled": False}
        result = {"completed": True, "task": task, "response": {"took": 3}}
        status, answer = two.call("PUT", f"/.tasks/_doc/{two.id}:77", result)
        check(status == 201, f"the result was not stored: {status} {answer}")
        for node in (two, one):
            check(node.get(f"/_tasks/{two.id}:77") == result, "a stored result is not read")
        two.kill()
        until("the dead node is taken out",
              lambda: one.get("/_cluster/health")["number_of_nodes"] == 1, 30, 0.1)
        check(one.get(f"/_tasks/{two.id}:77") == result, "not read any more when its node is gone")
        status, answer = one.call("GET", f"/_tasks/{two.id}:78")
        check(status == 404 and "isn't part of the cluster" in answer["error"]["reason"],
              f"{status} {answer}")
