"""What the metadata may be: aliases, templates, settings, fields that were put into mappings.

Each key (an alias, say) has one writer at a time, so that its history is a sequence. Its register holds
the values that it may have: one, unless an answer was lost."""
from client import Incomplete, Lost, NotSent
from model import DONE, REFUSED, UNKNOWN, Wrong

ALIASES, TEMPLATES, PUT_FIELDS = 8, 6, 40


class Register:
    def __init__(self, value=None):
        self.possible = {value}
        self.busy = False
        self.tainted = False  # a lost change may still happen

    def end(self, outcome, value):
        if outcome == REFUSED:
            return
        self.tainted |= outcome == UNKNOWN
        if outcome == DONE and not self.tainted:
            self.possible = {value}
        else:
            self.possible.add(value)

    def value(self):
        """What it is now, raises LookupError if that is not known."""
        if len(self.possible) != 1:
            raise LookupError
        return next(iter(self.possible))

    def settle(self, name, value):
        if value not in self.possible:
            raise Wrong(f"{name} is {value}, may be {self.possible}")
        self.possible, self.tainted = {value}, False


class Catalog:
    def __init__(self, run):
        self.run = run
        self.registers = {}
        self.of_index = {index.name: f"w-{index.name}" for index in run.stable}

    def name_of(self, index, rng):
        """The index's name, or that of an alias that it always has."""
        alias = self.of_index.get(index.name)
        return alias if alias and rng.random() < 0.3 else index.name

    def register(self, *key):
        return self.registers.setdefault(key, Register())

    async def change(self, client, key, value, method, path, body=None):
        register = self.register(*key)
        if register.busy:
            return
        register.busy = True
        outcome = UNKNOWN
        try:
            outcome = await change(client, method, path, body)
        finally:
            register.busy = False
            register.end(outcome, value)

    async def alias(self, client):
        rng, stable = client.rng, [index.name for index in self.run.stable]
        name = f"alias{rng.randrange(ALIASES)}"
        try:
            now = self.register("alias", name).value()
        except LookupError:
            return
        after = rng.choice([choice for choice in [None, *stable] if choice != now])
        actions = []
        if now is not None:
            actions.append('{"remove":{"index":"%s","alias":"%s"}}' % (now, name))
        if after is not None:
            actions.append('{"add":{"index":"%s","alias":"%s"}}' % (after, name))
        if len(actions) == 1 and rng.random() < 0.5:
            request = ("DELETE", f"/{now}/_alias/{name}") if after is None else (
                "PUT", f"/{after}/_alias/{name}")
        else:
            request = "POST", "/_aliases", '{"actions":[%s]}' % ",".join(actions)
        await self.change(client, ("alias", name), after, *request)

    async def template(self, client):
        name = f"template{client.rng.randrange(TEMPLATES)}"
        try:
            now = self.register("template", name).value()
        except LookupError:
            return
        if now is not None and client.rng.random() < 0.4:
            await self.change(client, ("template", name), None, "DELETE", f"/_index_template/{name}")
            return
        number = 1000 * (1 + int(name[len("template"):])) + client.rng.randrange(100)
        body = '{"index_patterns":["%s-*"],"priority":%d,"template":{"settings":{"number_of_shards":2}}}'
        await self.change(client, ("template", name), number, "PUT", f"/_index_template/{name}",
                          body % (name, number))

    async def settings(self, client):
        rng = client.rng
        if rng.random() < 0.5:
            number = rng.randrange(2000, 3000)
            body = '{"persistent":{"cluster.max_shards_per_node":%d}}' % number
            await self.change(client, ("cluster", "max_shards_per_node"), str(number), "PUT",
                              "/_cluster/settings", body)
            return
        index, number = rng.choice(self.run.stable), rng.randrange(10_000, 20_000)
        body = '{"index":{"max_result_window":%d}}' % number
        await self.change(client, ("window", index.name), str(number), "PUT", f"/{index.name}/_settings",
                          body)

    async def mapping(self, client):
        rng = client.rng
        if rng.random() < 0.3:  # of an index that others delete
            await change(client, "PUT", f"/{rng.choice(self.run.volatile).name}/_mapping",
                         '{"properties":{"m%d":{"type":"keyword"}}}' % rng.randrange(PUT_FIELDS))
            return
        index, field = rng.choice(self.run.stable), f"m{rng.randrange(PUT_FIELDS)}"
        await self.change(client, ("field", index.name, field), "keyword", "PUT",
                          f"/{index.name}/_mapping", '{"properties":{"%s":{"type":"keyword"}}}' % field)

    def settle(self, aliases, templates, cluster, settings, mappings):
        """Compares everything with the answers of the GET requests of these names."""
        for key, register in self.registers.items():
            if key[0] == "alias":
                there = [name for name, index in aliases.items() if key[1] in index["aliases"]]
                if len(there) > 1:
                    raise Wrong(f"alias {key[1]} is on {there}, was never on more than one")
                value = there[0] if there else None
            elif key[0] == "template":
                value = templates.get(key[1])
            elif key[0] == "cluster":
                value = cluster.get("cluster", {}).get(key[1])
            elif key[0] == "window":
                value = settings[key[1]]["settings"]["index"].get("max_result_window")
            else:
                fields = mappings[key[1]]["mappings"].get("properties", {})
                value = fields.get(key[2], {}).get("type")
            register.settle(" ".join(key), value)


async def change(client, method, path, body=None):
    """Sends a change of the metadata; its outcome."""
    query = client.rng.choice(("", "", "?timeout=2s", "?cluster_manager_timeout=2s"))
    try:
        status, answer = await client.ask(method, path + query, (body or "").encode(), client.drop())
    except (NotSent, Incomplete):
        return REFUSED
    except Lost:
        return UNKNOWN
    client.run.told["metadata"] += 1
    if status == 200:  # not acknowledged: a node, frozen maybe, has not applied it, and may act on the past
        return DONE if answer["acknowledged"] else UNKNOWN
    client.run.know_error(status, answer, None)
    return REFUSED if status < 500 else UNKNOWN


async def create_index(client):
    rng = client.rng
    index = rng.choice(client.run.volatile)
    body = '{"settings":{"number_of_shards":%d,"number_of_replicas":%d}}'
    await change(client, "PUT", f"/{index.name}", body % (rng.choice((1, 1, 2, 5)), rng.randrange(2)))


async def delete_index(client):
    """One of those that others write to, now and then two with one request."""
    indices = client.rng.sample(client.run.volatile, client.rng.choice((1, 1, 1, 2)))
    names = [index.name for index in indices]
    for index in indices:
        index.begin_deletion()
    outcome = UNKNOWN
    try:
        if client.rng.random() < 0.8:
            outcome = await change(client, "DELETE", f"/{','.join(names)}")
        else:
            actions = ",".join('{"remove_index":{"index":"%s"}}' % name for name in names)
            outcome = await change(client, "POST", "/_aliases", '{"actions":[%s]}' % actions)
    finally:
        for index in indices:
            index.end_deletion(outcome)
