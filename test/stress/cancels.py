"""Requests about tasks, cancels of every kind, and everything that only looks."""
from client import Drop, Incomplete, Lost, NotSent
from model import Wrong

FILTERS = ("actions=indices:data/write/*", "actions=indices:data/write/bulk*", "actions=indices:data/read/*",
           "actions=indices:admin/*", "actions=*mapping*", "actions=*create*", "actions=*delete*",
           "description=*s0*", "index=s1", "x_opaque_id=client-3", "min_running_time=20ms&actions=indices:*")
LOOKS = ("/_cat/indices?format=json", "/_cat/shards?format=json", "/_cluster/health", "/_cluster/state",
         "/_nodes/stats", "/_cat/tasks?format=json", "/_tasks/_history", "/_cat/aliases?format=json",
         "/_cluster/settings", "/_mapping", "/s*/_settings", "/_all/_alias", "/_index_template",
         "/_cluster/stats", "/_cat/nodes?format=json", "/_cluster/pending_tasks", "/")


async def tell(client, method, path, drop=None):
    """A request of which any orderly answer is right; None if there is none."""
    try:
        status, answer = await client.ask(method, path, b"", drop)
    except (NotSent, Lost, Incomplete):
        return None
    if status >= 400:
        client.run.know_error(status, answer, None)
        return None
    return answer


async def look(client):
    await tell(client, "GET", client.rng.choice(LOOKS), client.drop())


async def list_tasks(client):
    query = client.rng.choice(("", "detailed&", "extended=true&detailed&", "group_by=parents&"))
    return await tell(client, "GET", f"/_tasks?{query}timeout=2s", client.drop())


async def stream(client):
    """Reads some events, then goes away."""
    if client.run.drops:
        drop = Drop(client.rng)
        drop.where = "part"
        await tell(client, "GET", "/_tasks/_stream", drop)


async def refresh(client):
    where = client.rng.choice(("/s0", "/s1", "/s*", "", "/v*"))
    await tell(client, "POST", where + client.rng.choice(("/_refresh", "/_refresh", "/_flush")), client.drop())


async def count(client):
    where = client.rng.choice(("/s0", "/s1", "/s*", "/w-s2", "", "/v*"))
    answer = await tell(client, "GET", where + "/_count", client.drop())
    if answer is not None and not isinstance(answer.get("count"), int):
        raise Wrong(f"_count answered {answer}")


async def cancel_by_id(client):
    answer = await tell(client, "GET", "/_tasks?group_by=none&actions=indices:*")
    tasks = answer["tasks"] if answer else []
    if tasks:
        task = client.rng.choice(tasks)
        await cancel(client, f"/_tasks/{task['node']}:{task['id']}/_cancel", [])


async def cancel_by_filter(client):
    await cancel(client, "/_tasks/_cancel", [client.rng.choice(FILTERS)])


async def cancel_all(client):
    await cancel(client, "/_tasks/_cancel", [])


async def cancel(client, path, query):
    rng = client.rng
    if rng.random() < 0.3:
        query.append("reason=stress")
    if rng.random() < 0.2:
        query.append("dry_run=true")
    if rng.random() < 0.2:
        query.append("wait_for_completion=true&timeout=5s")
    client.run.told["cancels"] += 1
    await tell(client, "POST", path + ("?" + "&".join(query) if query else ""), client.drop())
