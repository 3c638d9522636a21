"""What each document may be: every write attempted on it, with its outcome.

Writes are ordered by the sequence numbers of their answers; a logical clock says which of two requests
had been answered before the other was sent. `check.py` compares a history with what is read.

An index that is deleted while others write to it (`volatile`) counts its deletions as epochs. A write
that overlaps a deletion may be in either incarnation or in neither: its outcome counts as unknown."""
import collections

from live_cluster import Wrong

PENDING, DONE, REFUSED, UNKNOWN = "pending", "done", "refused", "unknown"
UNKNOWN_TYPES = ("write_outcome_unknown_exception",)


class State:
    """A document after the writes known so far. `a`: the tokens that section a may have; `exact`: the
    version and the sequence number are known, not just a lower bound."""
    __slots__ = ("exists", "seq", "term", "version", "exact", "a", "b")

    def __init__(self, exists=False, seq=-1, term=0, version=0, exact=True, a=frozenset(), b=None):
        self.exists, self.seq, self.term, self.version = exists, seq, term, version
        self.exact, self.a, self.b = exact, a, b

    def __repr__(self):
        if not self.exists:
            return f"absent(seq {self.seq}, version {self.version}{'' if self.exact else ' or later'})"
        return f"present(seq {self.seq}, version {self.version}, a {sorted(self.a, key=str)}, b {self.b})"


class Write:
    """One attempted write. `kind`: index, create, update, upsert, doc_as_upsert, delete, or `was`: what
    the document was before a deletion of its index whose outcome is unknown."""
    __slots__ = ("document", "kind", "a", "b", "condition", "begin", "end", "state", "seq", "term",
                 "version", "result", "why", "epoch", "where")

    def __init__(self, document, kind, a, b, condition, begin, where=""):
        self.document, self.kind, self.a, self.b, self.condition = document, kind, a, b, condition
        self.begin, self.end, self.state = begin, None, PENDING
        self.seq = self.term = self.version = self.result = self.why = None
        self.epoch = document.index.epoch
        self.where = where

    def straddles(self):
        index = self.document.index
        return index.deleting > 0 or index.tainted or index.epoch != self.epoch

    def __repr__(self):
        told = {DONE: f"{self.result}, seq {self.seq}, term {self.term}, version {self.version}",
                REFUSED: self.why, UNKNOWN: self.why}.get(self.state, "")
        return (f"{self.kind} a {self.a} b {self.b} [{self.begin}, {self.end}] {self.state}: {told}"
                f"{f' if {self.condition}' if self.condition else ''} {self.where}")


class Document:
    __slots__ = ("index", "ident", "base", "writes", "seen")

    def __init__(self, index, ident):
        self.index, self.ident = index, ident
        self.base = State()
        self.writes = []
        self.seen = {}  # seq -> (version, a, b) that a reader got

    def top(self, before):
        """The state or write with the highest seq among what was answered before that instant."""
        best = self.base
        for write in self.writes:
            if write.state == DONE and write.end < before and write.result != "noop" and write.seq > best.seq:
                best = write
        return best

    def story(self):
        return "\n".join([f"    {self.index.name}/{self.ident}: it was {self.base}"]
                         + [f"    {write}" for write in self.writes]
                         + [f"    read: seq {seq} {what}" for seq, what in sorted(self.seen.items())])


class Index:
    def __init__(self, name, shards=1, volatile=False):
        self.name, self.shards, self.volatile = name, shards, volatile
        self.documents = {}
        self.epoch = 0
        self.deleting = 0
        self.tainted = False      # a deletion with an unknown outcome may still happen
        self.extra = 0            # documents whose id was never told
        self.extra_unknown = 0    # further ones that there may be since the last quiet point

    def document(self, ident):
        found = self.documents.get(ident)
        if found is None:
            found = self.documents[ident] = Document(self, ident)
        return found

    def begin_deletion(self):
        self.deleting += 1

    def end_deletion(self, outcome):
        self.deleting -= 1
        if outcome == REFUSED:
            return
        self.epoch += 1
        self.tainted |= outcome == UNKNOWN
        self.extra_unknown += self.extra
        self.extra = 0
        for document in self.documents.values():
            self._forget(document, outcome == UNKNOWN)

    def _forget(self, document, maybe):
        """What was answered before the deletion is gone, or may be."""
        kept = []
        for write in document.writes:
            if write.state == DONE and write.epoch < self.epoch:
                if not maybe:
                    continue
                write.state, write.why = UNKNOWN, "before a deletion with an unknown outcome"
            kept.append(write)
        base = document.base
        if maybe and base.exists:
            was = Write(document, "was", base.a, base.b, None, 0)
            was.state, was.end, was.why = UNKNOWN, 0, "before a deletion with an unknown outcome"
            kept.append(was)
        document.base = State(exact=False)
        document.writes, document.seen = kept, {}


class Model:
    def __init__(self):
        self.indices = {}
        self.clock = 0
        self.token = 0
        self.told = collections.Counter()    # outcomes of document operations
        self.errors = collections.Counter()  # (status, type) of refused and unknown ones

    def add(self, name, shards=1, volatile=False):
        self.indices[name] = Index(name, shards, volatile)
        return self.indices[name]

    def tick(self):
        self.clock += 1
        return self.clock

    def next_token(self):
        self.token += 1
        return self.token

    def begin(self, document, kind, a=None, b=None, condition=None, where=""):
        write = Write(document, kind, a, b, condition, self.tick(), where)
        document.writes.append(write)
        return write

    def _end(self, write, state, why):
        write.end, write.why = self.tick(), why
        if state == DONE and write.straddles():
            state, write.why = UNKNOWN, "overlaps a deletion of its index"
        write.state = state
        self.told[state] += 1

    def unknown(self, write, why):
        self._end(write, UNKNOWN, why)

    def refused(self, write, why):
        self._end(write, REFUSED, why)

    def done(self, write, item):
        write.seq, write.term, write.version = item["_seq_no"], item["_primary_term"], item["_version"]
        write.result = item["result"]
        self._end(write, DONE, None)
        if write.result == "noop":
            self.told["noop"] += 1

    def answered(self, write, status, item):
        """Takes one answer: of a single write, or one item of a bulk."""
        error = item.get("error")
        if error is None:
            if not (status in (200, 201) or (status == 404 and write.kind == "delete")):
                raise Wrong(f"{write.document.ident}: status {status} without an error: {item}")
            self.done(write, item)
            return
        kind, reason = error["type"], error.get("reason", "")
        self.errors[status, kind] += 1
        if kind in UNKNOWN_TYPES:
            self.unknown(write, kind)
        else:
            self.refused(write, f"{status} {kind}: {reason[:200]}")
