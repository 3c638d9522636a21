"""A quiet point: no client runs, every process does. Everything is compared with the model."""
import asyncio
import json

from check import check_read, settle
from client import Garbled, Incomplete, Lost, NotSent
from model import DONE, State, Wrong
from workload import Client, found_in

PAGE = 500
READY_SECONDS = 60   # until all shards are started and nothing moves
TASK_SECONDS = 20    # until no task of a client is left
WRITE_SECONDS = 30   # until every index takes a write


class Quiet:
    def __init__(self, run):
        self.run, self.model = run, run.model
        self.client = Client(run, -1, run.rng)
        self.client.drop = lambda often=0: None

    async def until(self, what, seconds, condition):
        """Waits until the coroutine function returns no complaint."""
        begin = self.run.now()
        while True:
            complaint = await condition()
            if not complaint:
                return
            if self.run.now() - begin > seconds * self.run.scale:
                raise Wrong(f"{what} not within {seconds * self.run.scale} s: {str(complaint)[:3000]}")
            await asyncio.sleep(0.05)

    async def get(self, node, path, method="GET", body=b""):
        self.client.home = self.run.nodes.index(node)
        for _ in range(3):
            try:
                status, answer = await self.client.ask(method, path, body)
                break
            except (NotSent, Lost):  # a connection from before the restart
                pass
        else:
            raise Wrong(f"{method} {path} is not answered by {node.name}, which runs")
        if status != 200:
            raise Wrong(f"{method} {path} answered {status} {str(answer)[:1000]}")
        return answer

    async def check(self):
        run = self.run
        if run.nats:
            await self.until("the exclusion is taken back", READY_SECONDS, self.not_taken_back)
        for node in run.nodes:
            await self.until(f"shards are started, says {node.name}", READY_SECONDS,
                             lambda node=node: self.not_ready(node))
        for node in run.nodes:
            await self.until(f"no task is left on {node.name}", TASK_SECONDS,
                             lambda node=node: self.tasks_left(node))
        await self.check_writes()
        documents = await self.check_documents()
        await self.check_counts()
        await self.check_metadata()
        for index in run.model.indices.values():
            index.tainted = False
        run.told["documents checked"] += documents
        run.told["quiet points"] += 1

    async def not_taken_back(self):
        return None if await self.run.faults.exclude(None) else "not acknowledged"

    async def not_ready(self, node):
        try:
            health = await self.get(node, "/_cluster/health")
            shards = await self.get(node, "/_cat/shards?format=json&h=index,shard,prirep,state,node")
        except (Wrong, Garbled) as wrong:
            return wrong
        bad = [row for row in shards if row["prirep"] == "p" and row["state"] != "STARTED"]
        right = health["number_of_nodes"] == len(self.run.nodes) and health["relocating_shards"] == 0
        return None if right and not bad else f"{health} {bad}"

    async def tasks_left(self, node):
        try:
            answer = await self.get(node, "/_tasks?detailed&extended=true&group_by=none&background=false")
        except Wrong as wrong:
            return wrong
        left = [task for task in answer["tasks"]
                if not task["action"].startswith("cluster:monitor/tasks/lists")]
        return left or answer.get("node_failures")

    async def check_writes(self):
        there = {row["index"] for row in await self.get(self.run.rng.choice(self.run.nodes),
                                                        "/_cat/indices?format=json&h=index")}
        missing = {index.name for index in self.run.stable} - there
        if missing:
            raise Wrong(f"{missing} are gone, nobody deleted them")
        for name in sorted(there & set(self.model.indices)):
            await self.until(f"a write to {name}", WRITE_SECONDS, lambda name=name: self.not_written(name))

    async def not_written(self, name):
        """One document for each of many hash values, so that every shard takes a write."""
        index = self.model.indices[name]
        for number in range(1 if index.shards == 1 and not index.volatile else 12):
            if name == "auto":
                return None
            write = await self.client.single(index.document(f"quiet{number}"), "index")
            if write.state != DONE and not index.tainted:
                return write
        return None

    async def check_documents(self):
        total = 0
        for index in self.model.indices.values():
            documents = list(index.documents.values())
            total += len(documents)
            for first in range(0, len(documents), PAGE):
                await self.check_page(index, documents[first:first + PAGE])
            if len(self.run.nodes) > 1:
                await self.check_page(index, self.run.rng.sample(documents, min(50, len(documents))), True)
            if index.name == "auto":
                index.documents = {d.ident: d for d in documents if d.base.exists}
        return total

    async def check_page(self, index, documents, again=False):
        begin = self.model.tick()
        body = json.dumps({"docs": [{"_index": index.name, "_id": d.ident} for d in documents]})
        answer = await self.get(self.run.rng.choice(self.run.nodes), "/_mget", "POST", body.encode())
        for document, item in zip(documents, answer["docs"]):
            if "error" in item:
                if item["error"]["type"] != "index_not_found_exception":
                    raise Wrong(f"_mget could not read {str(item)[:500]}")
                found = None
            else:
                found = found_in(document, item)
            if again:
                check_read(document, begin, index.epoch, found)
            else:
                settle(document, found)

    async def check_counts(self):
        node = self.run.rng.choice(self.run.nodes)
        for index in self.model.indices.values():
            await self.client.ask("POST", f"/{index.name}/_refresh")
            status, answer = await self.client.ask("GET", f"/{index.name}/_count")
            if status == 404 and index.volatile:
                counted = 0
            elif status != 200 or answer["_shards"]["failed"]:
                raise Wrong(f"_count of {index.name} answered {status} {answer}")
            else:
                counted = answer["count"]
            known = sum(document.base.exists for document in index.documents.values())
            extra = counted - known
            if not index.extra <= extra <= index.extra + index.extra_unknown:
                raise Wrong(f"{index.name} on {node.name} counts {counted}, of which {known} are known and "
                            f"{index.extra} to {index.extra + index.extra_unknown} have an unknown id")
            index.extra, index.extra_unknown = extra, 0

    async def check_metadata(self):
        for node in self.run.nodes:
            answers = [await self.get(node, path) for path in (
                "/_alias", "/_index_template", "/_cluster/settings", "/_all/_settings", "/_all/_mapping")]
            templates = {template["name"]: template["index_template"]["priority"]
                         for template in answers[1]["index_templates"]}
            settings = nested(answers[2]["persistent"])
            self.run.catalog.settle(answers[0], templates, settings, answers[3], answers[4])
        self.forget_absent()

    def forget_absent(self):
        """An absent document of an index that is deleted now and then starts from nothing."""
        for index in self.run.volatile:
            for document in index.documents.values():
                if not document.base.exists:
                    document.base = State(False, -1, 0, 0, False)


def nested(settings):
    """{"a": {"b": 1}} of {"a.b": 1}; what is nested stays."""
    tree = {}
    for key, value in settings.items():
        *path, last = key.split(".")
        here = tree
        for part in path:
            here = here.setdefault(part, {})
        if isinstance(value, dict) and isinstance(here.get(last), dict):
            here[last].update(value)
        else:
            here[last] = value
    return tree
