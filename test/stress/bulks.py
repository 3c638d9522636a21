"""Bulks of mixed actions, whole, in two halves, or dropped in the middle."""
import json

from client import Incomplete, Lost, NotSent
from model import REFUSED, Wrong
from workload import BULK_SIZES, KINDS

CANCELLED = "task_cancelled_exception"


def action_of(kind, document, rng, client):
    """One action: its kind on the wire, its line, its source line or none, a, b."""
    a, b, whole, part = client.compose(document, kind)
    name = client.run.catalog.name_of(document.index, rng)
    wire = kind if kind in ("index", "create", "delete") else "update"
    line = '{"%s":{"_index":"%s","_id":"%s"%s}}' % (
        wire, name, document.ident, ',"retry_on_conflict":3' if wire == "update" else "")
    if kind == "delete":
        return wire, line, None, a, b
    return wire, line, whole if wire != "update" else client.update_body(kind, whole, part), a, b


async def bulk(client):
    rng, run = client.rng, client.run
    size = rng.choice(BULK_SIZES)
    only = rng.choice(run.stable) if rng.random() < 0.4 else None
    writes, wires, lines = [], [], []
    for _ in range(size):
        document, kind = client.pick(), rng.choice(KINDS)
        if only is not None:
            document = only.document(document.ident if not document.index.volatile else "h1")
        wire, line, source, a, b = action_of(kind, document, rng, client)
        writes.append(client.model.begin(document, kind, a, b, None, f"in a bulk by {client.number}"))
        wires.append(wire)
        lines += [line] if source is None else [line, source]
    if rng.random() < 0.01:
        lines[-1] += "\n{not an action}"  # the whole request is refused
    query = client.parameters()
    path = "/_bulk" + ("?" + "&".join(query) if query else "")
    pause = rng.choice((0.002, 0.02, 0.1)) if rng.random() < 0.05 else None
    try:
        status, answer = await client.ask("POST", path, ("\n".join(lines) + "\n").encode(),
                                          client.drop(0.04), pause)
    except (NotSent, Incomplete) as error:
        for write in writes:
            client.model.refused(write, repr(error))
        return
    except Lost as error:
        for write in writes:
            client.model.unknown(write, repr(error))
        return
    take(client, writes, wires, status, answer)


def take(client, writes, wires, status, answer):
    client.run.told["bulks"] += 1
    if status != 200:
        client.run.know_error(status, answer, None)
        for write in writes:
            client.model.answered(write, status, answer)
        return
    if len(answer["items"]) != len(writes):
        raise Wrong(f"a bulk of {len(writes)} actions answered {len(answer['items'])} items")
    failed = False
    for write, wire, item in zip(writes, wires, answer["items"]):
        result = item.get(wire)
        if result is None or result["_id"] != write.document.ident:
            raise Wrong(f"the item of {write} is {json.dumps(item)[:300]}")
        failed |= "error" in result
        client.take(write, result["status"], result)
    if failed != answer["errors"]:
        raise Wrong(f"`errors` is {answer['errors']}, items say {failed}")
    check_prefix(writes, answer["items"])


def check_prefix(writes, items):
    """Of each shard's actions a prefix is executed when a bulk is cancelled."""
    stopped = {}
    for write, item in zip(writes, items):
        index = write.document.index
        if index.shards != 1 or index.volatile:
            continue
        result = next(iter(item.values()))
        if result.get("error", {}).get("type") == CANCELLED:
            stopped.setdefault(index, write)
        elif index in stopped and write.state != REFUSED:
            raise Wrong(f"of a cancelled bulk\n{stopped[index].document.story()}\nis not executed, but\n"
                        f"{write.document.story()}\nis")
