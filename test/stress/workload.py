"""What clients do with documents. Every write is entered in the model before it is sent."""
import asyncio
import gzip
import json

import documents
from check import Found, check_read, check_refusal
from client import Connection, Drop, Incomplete, Lost, NotSent, Unanswered
from model import REFUSED, Wrong

HOT = 40            # ids of an index that many clients write at the same time
COLD = 4_000
VOLATILE_IDS = 150
FIELDS = 300        # names of new fields of an index that lasts
MANY_FIELDS = 1_300  # of one that is deleted now and then; the limit is 1,000
BULK_SIZES = (1, 3, 10, 20, 40, 120)
CALM = 0.03         # seconds after a refusal
KINDS = ("index",) * 5 + ("create",) * 2 + ("update",) * 3 + ("upsert", "doc_as_upsert", "delete")


class Client:
    """One of those that run at the same time; what it does follows from its seed."""

    def __init__(self, run, number, rng):
        self.run, self.model, self.number, self.rng = run, run.model, number, rng
        self.connections = {}
        self.home = number

    async def ask(self, method, path, body=b"", drop=None, pause=None):
        """Counts the request; returns None where the node could not be reached, or the client left."""
        self.run.told["requests"] += 1
        connection = self.connection()
        headers = f"X-Opaque-Id: client-{self.number}\r\n" if self.rng.random() < 0.3 else ""
        if len(body) > 500 and self.rng.random() < 0.05:
            body, headers = gzip.compress(body, 1), headers + "Content-Encoding: gzip\r\n"
        begin = self.run.now()
        try:
            answered = await connection.ask(method, path, body, headers, drop, pause)
            self.run.took(path, self.run.now() - begin)
            return answered
        except Unanswered:
            raise Wrong(f"{method} {path} of client {self.number}, sent {self.run.now() - begin:.0f} s ago, "
                        "is not answered") from None
        except NotSent:
            self.run.told["not sent"] += 1
            await asyncio.sleep(CALM)
            raise
        except (Lost, Incomplete):
            self.run.told["disconnects" if drop else "lost"] += 1
            raise

    def connection(self):
        nodes = self.run.nodes
        if self.rng.random() < 0.05 or not nodes[self.home % len(nodes)].reachable:
            self.home = self.rng.randrange(len(nodes))
        node = nodes[self.home % len(nodes)]
        found = self.connections.get(node)
        if found is None or found.port != node.port:
            found = self.connections[node] = Connection(node.host, node.port, self.run.patience)
        return found

    def close(self):
        for connection in self.connections.values():
            connection.close()

    def drop(self, often=0.02):
        return Drop(self.rng) if self.run.drops and self.rng.random() < often else None

    def pick(self):
        """An index, and one of its documents."""
        rng, run = self.rng, self.run
        index = rng.choice(run.volatile if rng.random() < 0.12 else run.stable)
        if index.volatile:
            ident = f"d{rng.randrange(VOLATILE_IDS)}"
        elif rng.random() < 0.35:
            ident = f"h{rng.randrange(HOT)}"
        else:
            ident = f"c{rng.randrange(COLD)}"
        return index.document(ident)

    def field(self, index):
        if self.rng.random() < 0.93:
            return documents.NO_FIELD
        return f"n{self.rng.randrange(MANY_FIELDS if index.volatile else FIELDS)}"

    def compose(self, document, kind):
        """The write's entry in the model is not made yet: (a, b, whole text, partial text)."""
        rng, ident = self.rng, document.ident
        a = b = whole = part = None
        if kind in ("index", "create", "upsert"):
            a = self.model.next_token()
            whole = "{%s}" % documents.section("a", ident, a, self.filler(), self.field(document.index))
            if rng.random() < 0.01:
                whole = whole[:-1] + ',"number":"no number"}'  # is refused
        if kind in ("update", "upsert", "doc_as_upsert"):
            again = self.run.partials.get(document)
            if again is not None and rng.random() < 0.2:
                b, part = again  # may change nothing
            else:
                b = self.model.next_token()
                part = "{%s}" % documents.section("b", ident, b, self.filler(), self.field(document.index))
                self.run.partials[document] = b, part
        return a, b, whole, part

    def filler(self):
        return documents.filler(self.rng, self.run.pool)

    def update_body(self, kind, whole, part, noop=True):
        more = "" if noop else ',"detect_noop":false'
        if kind == "upsert":
            more += f',"upsert":{whole}'
        elif kind == "doc_as_upsert":
            more += ',"doc_as_upsert":true'
        return f'{{"doc":{part}{more}}}'

    def parameters(self):
        rng = self.rng
        found = [f"timeout={rng.choice((1, 5))}s"] if rng.random() < 0.6 else []
        if rng.random() < 0.03:
            found.append("refresh=" + rng.choice(("true", "wait_for")))
        return found

    async def write(self):
        document, kind = self.pick(), self.rng.choice(KINDS)
        await self.single(document, kind)

    async def single(self, document, kind, condition=None):
        a, b, whole, part = self.compose(document, kind)
        name, ident, query = document.index.name, document.ident, self.parameters()
        name = self.run.catalog.name_of(document.index, self.rng)
        if condition:
            query.append(f"if_seq_no={condition[0]}&if_primary_term={condition[1]}")
        if kind in ("index", "create"):
            method, path, body = "PUT", f"/{name}/_{'doc' if kind == 'index' else kind}/{ident}", whole
        elif kind == "delete":
            method, path, body = "DELETE", f"/{name}/_doc/{ident}", ""
        else:
            method, path = "POST", f"/{name}/_update/{ident}"
            body = self.update_body(kind, whole, part, self.rng.random() < 0.8)
            if self.rng.random() < 0.5 and not condition:
                query.append("retry_on_conflict=3")
        write = self.model.begin(document, kind, a, b, condition, f"by client {self.number}")
        path += "?" + "&".join(query) if query else ""
        status, answer = await self.send_write(write, method, path, body.encode())
        if status is not None:
            self.take(write, status, answer)
        return write

    async def send_write(self, write, method, path, body):
        try:
            return await self.ask(method, path, body, self.drop())
        except (NotSent, Incomplete) as error:
            self.model.refused(write, repr(error))
        except Lost as error:
            self.model.unknown(write, repr(error))
        return None, None

    def take(self, write, status, item):
        self.run.know_error(status, item, write.document.index)
        self.model.answered(write, status, item)
        if write.state == REFUSED:
            check_refusal(write, status, item["error"]["type"])

    async def generated_id(self):
        """A document whose id the node chooses."""
        index = self.run.auto
        token = self.model.next_token()
        body = '{"a":%d}' % token
        try:
            status, answer = await self.ask("POST", f"/{index.name}/_doc", body.encode(), self.drop())
        except (NotSent, Incomplete):
            return
        except Lost:
            index.extra_unknown += 1
            return
        self.run.know_error(status, answer, index)
        if status == 201:
            document = index.document(answer["_id"])
            if document.writes or document.base.exists:
                raise Wrong(f"an id was generated twice: {answer}")
            write = self.model.begin(document, "index", token, None)
            self.model.done(write, answer)
            self.run.generated.append(document)
        elif answer["error"]["type"] == "write_outcome_unknown_exception":
            index.extra_unknown += 1
        if len(self.run.generated) > 500:
            await self.single(self.run.generated.pop(self.rng.randrange(500)), "delete")

    async def optimistic(self):
        """Reads, then writes on condition that nobody else has."""
        document = self.pick()
        found = await self.read_one(document)
        if found is not None:
            await self.single(document, self.rng.choice(("index", "update", "delete")),
                              (found.seq, found.term))

    async def get(self):
        await self.read_one(self.pick())

    async def read_one(self, document):
        begin, epoch = self.model.tick(), document.index.epoch
        name = self.run.catalog.name_of(document.index, self.rng)
        try:
            status, answer = await self.ask("GET", f"/{name}/_doc/{document.ident}", b"", self.drop())
        except (NotSent, Lost, Incomplete):
            return None
        if "error" in answer:
            self.run.know_error(status, answer, document.index)
            return None
        return self.take_read(document, begin, epoch, answer)

    def take_read(self, document, begin, epoch, answer):
        found = found_in(document, answer)
        check_read(document, begin, epoch, found)
        self.run.told["read"] += 1
        return found

    async def mget(self):
        some = [self.pick() for _ in range(self.rng.choice((2, 10, 50)))]
        begin, epochs = self.model.tick(), [document.index.epoch for document in some]
        body = json.dumps({"docs": [{"_index": d.index.name, "_id": d.ident} for d in some]})
        try:
            status, answer = await self.ask("POST", "/_mget", body.encode(), self.drop())
        except (NotSent, Lost, Incomplete):
            return
        if "error" in answer:
            self.run.know_error(status, answer, None)
            return
        if len(answer["docs"]) != len(some):
            raise Wrong(f"_mget of {len(some)} documents answered {len(answer['docs'])}")
        for document, epoch, item in zip(some, epochs, answer["docs"]):
            if "error" in item:
                self.run.know_error(404 if document.index.volatile else 503, item, document.index)
            else:
                self.take_read(document, begin, epoch, item)


def found_in(document, answer):
    if answer["_id"] != document.ident:
        raise Wrong(f"asked for {document.ident}, got {str(answer)[:300]}")
    if not answer["found"]:
        return None
    source = answer["_source"]
    if document.index.name == "auto":
        tokens = source["a"], None
    else:
        try:
            tokens = documents.tokens_of(document.ident, source)
        except documents.Torn as torn:
            raise Wrong(f"torn: {torn}\n{document.story()}") from None
    return Found(answer["_seq_no"], answer["_primary_term"], answer["_version"], *tokens)
