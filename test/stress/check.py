"""Compares histories with what is read: while clients run, and at quiet points."""
from model import DONE, PENDING, REFUSED, UNKNOWN, State, Write, Wrong

WHOLE = ("index", "create")


class Found:
    """A document as it was read."""
    __slots__ = ("seq", "term", "version", "a", "b")

    def __init__(self, seq, term, version, a, b):
        self.seq, self.term, self.version, self.a, self.b = seq, term, version, a, b

    def __repr__(self):
        return f"found(seq {self.seq}, term {self.term}, version {self.version}, a {self.a}, b {self.b})"


def need(right, document, what):
    if not right:
        raise Wrong(f"{document.index.name}/{document.ident}: {what}\n{document.story()}")


def may_be_absent(document, begin):
    """Whether a request sent at `begin` and answered now may have found nothing."""
    top = document.top(begin)
    if not (top.kind != "delete" if isinstance(top, Write) else top.exists):
        return True
    for write in document.writes:
        if write.kind == "delete" and (write.state in (PENDING, UNKNOWN)
                                       or write.state == DONE and write.seq > top.seq):
            return True
    return False


def check_read(document, begin, epoch, found):
    """A realtime read that was sent at `begin`, in that epoch of the index."""
    index = document.index
    if index.deleting or index.tainted or index.epoch != epoch:
        return
    if found is None:
        need(may_be_absent(document, begin), document, "a read does not find it")
        return
    top = document.top(begin)
    need(found.seq >= top.seq, document, f"a read is stale: {found}")
    needs_tokens(document, found)
    seen = document.seen.setdefault(found.seq, (found.version, found.a, found.b))
    need(index.volatile or seen == (found.version, found.a, found.b), document,
         f"two reads of the same seq differ: {found}")


def needs_tokens(document, found):
    known_a, known_b = set(document.base.a) | {None}, {document.base.b, None}
    for write in document.writes:
        if write.state == REFUSED:
            continue
        known_a |= write.a if write.kind == "was" else {write.a}
        known_b.add(write.b)
    need(found.a in known_a and found.b in known_b, document,
         f"a read shows what was refused, deleted with its index, or never written: {found}")


def check_refusal(write, status, kind):
    """409 and 404 need a reason. Called once the write is marked as refused."""
    document = write.document
    if write.straddles():
        return
    others = [other for other in document.writes if other is not write and other.state != REFUSED
              and (other.state in (PENDING, UNKNOWN) or other.end > write.begin)]
    if kind == "document_missing_exception":
        need(may_be_absent(document, write.begin), document, f"an update does not find it: {write}")
    elif kind == "version_conflict_engine_exception" and not others:
        top = document.top(write.begin)
        exists = top.kind != "delete" if isinstance(top, Write) else top.exists
        if write.kind == "create":
            need(exists, document, f"created anew, refused: {write}")
        elif write.condition is not None and (isinstance(top, Write) or top.exact):
            need(not exists or (top.seq, top.term) != write.condition, document,
                 f"nobody else wrote, refused: {write}")


def settle(document, found):
    """At a quiet point. What is found becomes the base of what follows."""
    done = sorted((w for w in document.writes if w.state == DONE and w.result != "noop"),
                  key=lambda w: w.seq)
    loose = [w for w in document.writes if w.state == UNKNOWN]
    check_order(document, done)
    state = document.base
    for write in done:
        state = step(document, state, write, loose)
    if found is None:
        need(not state.exists or any(w.kind == "delete" for w in loose), document, "it is lost")
        base = State(False, state.seq, state.term, state.version, state.exact and not loose)
    else:
        check_found(document, state, loose, found)
        base = State(True, found.seq, found.term, found.version, True, frozenset([found.a]), found.b)
    check_seen(document)
    document.base, document.writes, document.seen = base, [], {}


def check_order(document, done):
    latest_begin = 0
    for before, after in zip(done, done[1:]):
        need(before.seq < after.seq, document, f"two writes have seq {after.seq}")
        latest_begin = max(latest_begin, before.begin)
        need(after.end > latest_begin, document,
             f"{after} was answered before one with a lower seq was sent")


def step(document, state, write, loose):
    """The state after one more acknowledged write, in the order of their seq."""
    strict = not loose
    need(write.seq > state.seq, document, f"seq of {write} after {state}")
    need(write.term >= state.term, document, f"term of {write} after {state}")
    if state.exact:
        gap = write.version - state.version
        need(1 <= gap <= 1 + len(loose), document, f"version of {write} after {state}")
    else:
        need(write.version > state.version, document, f"version of {write} after {state}")
    if write.condition is not None:
        need(state.seq <= write.condition[0], document, f"condition of {write} held after {state}")
        if strict and state.exact:
            need((state.seq, state.term) == write.condition, document,
                 f"condition of {write} held after {state}")
    if strict and state.exact:
        need((write.result in ("updated", "deleted")) == state.exists, document,
             f"result of {write} after {state}")
    if write.kind == "create":
        need(write.result == "created", document, f"result of {write}")
    if write.kind == "delete":
        return State(False, write.seq, write.term, write.version)
    if write.kind in WHOLE or write.kind == "upsert" and write.result == "created":
        a, b = frozenset([write.a]), None
    elif write.kind == "doc_as_upsert" and write.result == "created":
        a, b = frozenset([None]), write.b
    else:
        a, b = state.a | loose_a(loose), write.b
    return State(True, write.seq, write.term, write.version, True, a, b)


def loose_a(loose):
    found = set()
    for write in loose:
        if write.kind == "was":
            found |= write.a
        elif write.a is not None:
            found.add(write.a)
        elif write.kind == "doc_as_upsert":
            found.add(None)
    return found


def check_found(document, state, loose, found):
    if found.seq == state.seq and (state.exact or state.exists):
        need(state.exists, document, f"what was deleted is there: {found}")
        need((found.version, found.term, found.b) == (state.version, state.term, state.b)
             and found.a in state.a, document, f"{found} should be {state}")
        return
    if not any(w.seq is not None or w.kind == "was" for w in loose):
        need(found.seq > state.seq, document, f"an acknowledged write is lost: {found}, after {state}")
    need(any(explains(w, found, state.a | loose_a(loose)) for w in loose), document,
         f"no write explains {found}, after {state}")


def explains(write, found, options):
    if write.kind == "delete":
        return False
    if write.kind == "was":
        return found.a in write.a and found.b == write.b
    whole = found.a == write.a and found.b is None
    part = found.b == write.b and found.a in options
    return {"index": whole, "create": whole, "update": part, "upsert": whole or part,
            "doc_as_upsert": part or found.b == write.b and found.a is None}[write.kind]


def check_seen(document):
    """What readers got was never refused, and is what the write of that seq made."""
    refused_a = {w.a for w in document.writes if w.state == REFUSED and w.kind in WHOLE + ("upsert",)}
    refused_b = {w.b for w in document.writes if w.state == REFUSED and w.b is not None}
    refused_b -= {w.b for w in document.writes if w.state != REFUSED} | {document.base.b}
    by_seq = {w.seq: w for w in document.writes if w.state == DONE and w.result != "noop"}
    for seq, (version, a, b) in document.seen.items():
        need(a not in refused_a and b not in refused_b, document,
             f"a reader saw what was refused: seq {seq} a {a} b {b}")
        write = by_seq.get(seq)
        if write is None or document.index.volatile:
            continue
        right = write.version == version and write.kind != "delete"
        if write.kind in WHOLE:
            right = right and (a, b) == (write.a, None)
        need(right, document, f"a reader saw seq {seq} as version {version} a {a} b {b}")
