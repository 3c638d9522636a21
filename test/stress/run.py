#!/usr/bin/env python3
"""run.py --binary QUELL: random work, cancels, disconnects and faults; every document is checked against
a model at quiet points. Prints its seed first; the last line but one is a summary as JSON."""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import bulks  # noqa: E402
import cancels  # noqa: E402
import catalog  # noqa: E402
import documents  # noqa: E402
import live_cluster  # noqa: E402
from catalog import Catalog  # noqa: E402
from faults import Faults  # noqa: E402
from model import Model, Wrong  # noqa: E402
from nodes import StressNode  # noqa: E402
from quiet import Quiet  # noqa: E402
from sanitizers import sanitizer_of  # noqa: E402
from workload import Client  # noqa: E402

CLIENTS = 30
PATIENCE = 90  # seconds for an answer, whatever happens to the nodes
STABLE = (("s0", 1), ("s1", 3), ("s2", 2), ("auto", 1))
VOLATILE = 6
WEIGHTS = (  # of what a client does next
    (Client.write, 34), (Client.optimistic, 5), (Client.get, 8), (Client.mget, 4), (Client.generated_id, 2),
    (bulks.bulk, 14), (cancels.count, 2), (cancels.refresh, 2), (cancels.look, 1), (cancels.list_tasks, 1),
    (cancels.stream, 0.2), (cancels.cancel_by_id, 1.5), (cancels.cancel_by_filter, 1.2),
    (cancels.cancel_all, 0.4), (catalog.create_index, 0.8), (catalog.delete_index, 0.5),
    (Catalog.alias, 0.8), (Catalog.template, 0.5), (Catalog.settings, 0.5), (Catalog.mapping, 0.8))
# Failures that belong to such a run: any 503 of several nodes, unless they only relocate, and these.
FAILURES = {
    (500, "task_cancelled_exception"), (503, "write_outcome_unknown_exception"),
    (503, "unavailable_shards_exception"), (503, "cluster_block_exception"), (503, "node_closed_exception"),
    (503, "cluster_manager_not_discovered_exception")}


class Run:
    """Everything of one run."""

    def __init__(self, options):
        self.options = options
        self.rng = random.Random(f"{options.seed} run")
        sanitizer, self.scale = sanitizer_of(options.binary)
        self.patience = PATIENCE * self.scale
        self.logs = tempfile.mkdtemp(prefix="quell-stress-")
        self.drops = "disconnect" in options.faults
        self.told = collections.Counter()
        self.model = Model()
        self.stable = [self.model.add(name, shards) for name, shards in STABLE]
        self.auto = self.stable.pop()
        self.volatile = [self.model.add(f"v{number}", volatile=True) for number in range(VOLATILE)]
        self.pool = documents.make_pool(self.rng)
        self.partials, self.generated = {}, []
        self.seconds = {"cancel": [], "list": []}
        self.memory = 0
        self.catalog = Catalog(self)
        self.nats, self.nodes = None, []
        common = {"tasks.peer_lease": "5s", "http.netty.worker_count": 2}
        if options.nodes > 1:
            self.nats = live_cluster.NatsServer()
            common.update({"cluster.nats.url": self.nats.url, "transport.port": 0})
        for number in range(options.nodes):
            self.nodes.append(StressNode(options.binary, self.logs, sanitizer, **common,
                                         **{"node.name": f"node{number + 1}"}))
        self.faults = Faults(self, options.faults, options.kills_per_minute,
                             random.Random(f"{options.seed} faults"))
        self.broken = self.begin = None

    @staticmethod
    def now():
        return time.monotonic()

    def took(self, path, seconds):
        """Of requests that must be quick, also those that met a frozen node."""
        if path.startswith("/_tasks") and "wait_for_completion" not in path and "_history" not in path:
            self.seconds["cancel" if "/_cancel" in path else "list"].append(seconds)

    def know_error(self, status, answer, index):
        """Fails for an error that nobody should see."""
        error = answer.get("error") if isinstance(answer, dict) else None
        kind = error["type"] if isinstance(error, dict) else str(error)
        if error is not None:
            self.told[f"{status} {kind}"] += 1
        lasts = index is not None and not index.volatile
        if error is None or status < 500 and not (lasts and kind == "index_not_found_exception"):
            return
        away = status == 503 and self.nats and (self.faults.part() or not lasts)
        if (status, kind) not in FAILURES and not away:
            raise Wrong(f"{index.name if index else 'a request'} answered {status} {str(answer)[:1500]}")

    def start(self):
        if self.nats:
            self.nats.start()
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_started()
        if self.nats:
            live_cluster.Cluster.await_joined(self)
        for name, shards in STABLE:
            body = {"settings": {"number_of_shards": shards, "number_of_replicas": 0},
                    "mappings": {"properties": {"number": {"type": "long"}}},
                    "aliases": {} if name == "auto" else {f"w-{name}": {}}}
            status, answer = self.nodes[0].call("PUT", f"/{name}", body)
            live_cluster.check(status == 200, f"PUT /{name} answered {status} {answer}")

    async def work(self, number, turn):
        rng = random.Random(f"{self.options.seed} client {number} turn {turn}")
        client = Client(self, number, rng)
        steps, weights = zip(*WEIGHTS)
        try:
            while not self.over and self.broken is None:
                step = rng.choices(steps, weights)[0]
                await (getattr(self.catalog, step.__name__)(client)
                       if step.__qualname__.startswith("Catalog.") else step(client))
        finally:
            client.close()

    async def watch(self):
        while self.broken is None:
            for node in self.nodes:
                if fault := node.fault():
                    raise Wrong(fault)
            await asyncio.sleep(0.1)

    async def turn(self, number, seconds):
        """Clients and faults for a while, then a quiet point."""
        self.over = False
        work = [asyncio.create_task(self.work(client, number)) for client in range(CLIENTS)]
        work.append(asyncio.create_task(self.faults.round()))
        await asyncio.sleep(0)
        begin = self.now()
        timer = asyncio.create_task(asyncio.sleep(seconds))
        try:
            try:
                await first_failure([timer], work)
            finally:
                self.told["seconds of work"] += self.now() - begin
            self.over = True
            self.faults.end()
            await first_failure(work, [])
            await Quiet(self).check()
        finally:
            self.over = True
            for task in [timer, *work]:
                task.cancel()

    async def main(self):
        self.start()
        self.begin = self.now()
        watch = asyncio.create_task(self.watch())
        end, number = self.now() + self.options.seconds, 0
        try:
            while number == 0 or self.now() < end - 1:
                seconds = max(min(self.rng.uniform(6, 12) * min(self.scale, 3), end - self.now()), 3)
                await first_failure([asyncio.create_task(self.turn(number, seconds))], [watch])
                number += 1
                self.report()
        finally:
            watch.cancel()

    def report(self):
        told, model = self.told, self.model.told
        self.memory = max([self.memory, *(node.memory() for node in self.nodes)])
        print(f"{self.now() - self.begin:.0f} s: {told['quiet points']} quiet points, {sum(model.values())} writes, {told['requests']} requests, "
              f"{told['documents checked']} documents checked", flush=True)

    def end(self):
        """Stops every process in good order; returns what was wrong with that."""
        wrong = None
        for node in self.nodes:
            if node.process is None:
                continue
            if self.broken is None:
                code = node.terminate(30 * self.scale)
                node.reader.join(10)
                wrong = wrong or node.reports.found and node.fault()
                if code != 0:
                    wrong = wrong or f"{node.name} ended with {code} after SIGTERM:\n{node.tail(40)}"
            if node.alive():
                node.kill()
            shutil.rmtree(node.folder, ignore_errors=True)
        if self.nats:
            self.nats.stop()
        return wrong

    def summary(self):
        seconds = max(self.told.pop("seconds of work", 0), 0.001)
        operations = sum(self.model.told.values()) + self.told["read"]
        told = {"seed": self.options.seed, "nodes": len(self.nodes), "seconds of work": round(seconds, 1),
                "operations per second": round(operations / seconds), "writes": dict(self.model.told),
                **{key: round(value) for key, value in sorted(self.told.items())},
                "memory of a node in MB": round(self.memory / 1e6),
                "races outside our code": sum(node.reports.elsewhere for node in self.nodes),
                **{f"{kind} in ms": {"median": round(1000 * statistics.median(all_)),
                                     "p99": round(1000 * sorted(all_)[len(all_) * 99 // 100]),
                                     "longest": round(1000 * max(all_))}
                   for kind, all_ in self.seconds.items() if all_},
                "failures": 0 if self.broken is None else 1}
        print(json.dumps(told))


async def first_failure(wanted, watched):
    """Waits for all `wanted`; raises what any of both raises."""
    rest = set(wanted) | set(watched)
    while any(not task.done() for task in wanted):
        done, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    parser.add_argument("--kills-per-minute", type=float, default=8)
    parser.add_argument("--faults", default="kill,freeze,move,nats,disconnect",
                        type=lambda text: text.split(","))
    return parser.parse_args()


def main():
    options = arguments()
    print(f"seed {options.seed}: --nodes {options.nodes} --seconds {options.seconds:g} "
          f"--kills-per-minute {options.kills_per_minute:g} --faults {','.join(options.faults)}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    run = Run(options)
    try:
        asyncio.run(run.main())
    except (Wrong, live_cluster.Unavailable) as wrong:
        run.broken = str(wrong)
    except Exception:  # a fault of the test, or an answer that nobody foresaw
        run.broken = traceback.format_exc()
    except BaseException:
        run.broken = "interrupted"
        raise
    finally:
        run.broken = run.end() or run.broken
    if run.broken:
        print(f"FAILED {run.broken}\nlogs: {run.logs}")
    else:
        shutil.rmtree(run.logs, ignore_errors=True)
    run.summary()
    print("0 passed, 1 failed" if run.broken else "1 passed, 0 failed")
    return 1 if run.broken else 0


if __name__ == "__main__":
    sys.exit(main())
