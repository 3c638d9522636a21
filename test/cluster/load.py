"""Clients that write and cancel on every node, and know what each document must be."""
import collections
import http.client
import random
import threading

from live_cluster import check
from scenario import CANCELLED, UNAVAILABLE, UNKNOWN, Told, bulk_body, check_stored

BULK = 40
PACE = 0.01      # seconds between two requests of a client
CALM = 0.05      # after it was refused


class Load:
    """`done`, `undone`, `unknown` (so answered) and `unanswered` (their node went away) are ids, each
    of which is written once."""

    def __init__(self, nodes, index, seed, writers=3, cancellers=1):
        self.nodes, self.index, self.seed = nodes, index, seed
        self.done, self.undone, self.unknown, self.unanswered = set(), set(), set(), set()
        self.told = collections.Counter()
        self.also = ()  # other errors that an item may have; then it was not executed
        self.errors = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.serial = 0
        self.plan = [self.write] * writers + [self.cancel] * cancellers
        self.threads = []

    def start(self):
        self.over.clear()
        self.serial += 1
        self.threads = [threading.Thread(target=self.run, args=(what, f"{self.serial}-{number}"), daemon=True)
                        for number, what in enumerate(self.plan)]
        for thread in self.threads:
            thread.start()
        return self

    def run(self, what, name):
        rng = random.Random(f"{self.seed} {name}")
        number = 0
        while not self.over.is_set():
            number += 1
            try:
                what(rng, f"{name}-{number}")
            except Exception as error:  # told by stop()
                self.errors.append(error)
                return

    def call(self, rng, *request):
        """None: the node is not there, or went away meanwhile."""
        try:
            return rng.choice(self.nodes).call(*request)
        except (OSError, http.client.HTTPException):
            self.over.wait(CALM)
            return None

    def write(self, rng, name):
        names = [f"{name}-{i}" for i in range(BULK)]
        answered = self.call(rng, "POST", f"/{self.index}/_bulk?timeout=2s", bulk_body(names, "x" * 200))
        with self.lock:
            if answered is None:
                self.unanswered |= set(names)
                self.told["bulks not answered"] += 1
                return
            if answered[0] in (429, 503):  # the node starts or ends
                self.undone |= set(names)
                self.told[f"bulks refused with {answered[0]}"] += 1
            else:
                self.take(names, *answered)
        self.over.wait(PACE if answered[0] == 200 else CALM)

    def take(self, names, status, answer):
        if status == 500 and answer["error"]["type"] == CANCELLED:  # before its body was read
            self.undone |= set(names)
            self.told["bulks cancelled as a whole"] += 1
            return
        told = Told(names, status, answer).only(CANCELLED, UNAVAILABLE, UNKNOWN, *self.also)
        self.done |= told.done
        self.undone |= told.undone
        self.unknown |= told.unknown
        self.told["bulks with unknown items" if told.unknown else
                  "bulks with items not executed" if told.undone else "bulks done"] += 1

    def cancel(self, rng, _):
        self.over.wait(rng.uniform(0.05, 0.4))
        answered = self.call(rng, "POST", "/_tasks/_cancel?actions=indices:data/write/*")
        if answered is not None:
            check(answered[0] in (200, 503), f"a cancel answered {answered}")
            self.told["cancels"] += 1

    def stop(self, seconds=90):
        self.over.set()
        for thread in self.threads:
            thread.join(seconds)
            check(not thread.is_alive(), f"a client is not answered within {seconds} s")
        if self.errors:
            raise self.errors[0]

    def verify(self):
        check_stored(self.nodes, self.index, self.done, self.undone, self.unknown | self.unanswered)

    def report(self):
        print(f"    {len(self.done)} documents done, {len(self.undone)} not executed, {len(self.unknown)} "
              f"unknown, {len(self.unanswered)} not answered;",
              ", ".join(f"{count} {what}" for what, count in sorted(self.told.items())))
